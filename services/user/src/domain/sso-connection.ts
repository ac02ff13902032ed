/** The connection of a tenant with its OpenID provider. */
export type SsoConnection = {
  /** A new one whenever issuer or client change. */
  connectionId: string
  issuer: string
  clientId: string
  /** Client secret, encrypted: see `sealedClientSecret`. */
  sealedClientSecret: Uint8Array
  /** Addresses to which the provider may send people back, compared letter by letter. */
  redirectUris: readonly string[]
  /** In lower case. */
  emailDomains: readonly string[]
  /** Role of people who sign in for the first time. */
  defaultRoleKey: string
  /** Whether they are created; otherwise they must be known. */
  createsPeople: boolean
  /** Whether staff but owners may sign in by nothing else. */
  isEnforced: boolean
  updatedAt: Temporal.Instant
}

/** A sign-in under way. */
export type SsoAttempt = {
  /** SHA-256 of the state. */
  stateHash: Buffer
  connectionId: string
  redirectUri: string
  /** Encrypted: see `sealedAttempt`. */
  sealedSecrets: Uint8Array
  /** Exclusive. */
  expiresAt: Temporal.Instant
}

/** What only who began a sign-in knows. */
export type AttemptSecrets = { nonce: string; codeVerifier: string }

/** Whether an address is in one of the domains, itself and not below it. */
export function isInDomains(email: string, domains: readonly string[]): boolean {
  const at = email.lastIndexOf('@')
  return at > 0 && domains.includes(email.slice(at + 1).toLowerCase())
}
