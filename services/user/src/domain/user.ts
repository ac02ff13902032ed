export type UserStatus = 'invited' | 'active' | 'disabled'

/** A person of one tenant, who signs in with an e-mail address and a password. */
export type User = {
  userId: string
  /** As `normalizeEmail` answers it; one person of the tenant has it. */
  email: string
  fullName: string
  /** A role of the platform, or the tenant's own. */
  roleKey: string
  /** `invited` has no password yet; `active` alone can sign in. */
  status: UserStatus
  /** Account whose plan and quota the person shares; undefined for none. */
  accountId: string | undefined
  /** BCP 47; empty when not told. */
  locale: string
  /** Empty when not told. */
  phone: string
  createdAt: Temporal.Instant
}

// As the contract's format for e-mail addresses, and no longer than people's.
const emailPattern = /^[^\s@]{1,64}@[^\s@]{1,189}$/

/** Whether a normal e-mail address has one name and one domain, for what comes in by no contract of ours. */
export function isEmailAddress(email: string): boolean {
  return emailPattern.test(email)
}

/** The one spelling of an e-mail address: in lower case, without space around it. */
export function normalizeEmail(text: string): string {
  return text.trim().toLowerCase()
}
