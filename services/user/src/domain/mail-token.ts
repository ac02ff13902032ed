/** What the link of a mail is for. A token works for its own purpose alone. */
export type MailTokenPurpose = 'verify_email' | 'reset_password' | 'change_email'

/** A one-time token of a link in a mail, without its text. It works once, until it expires. */
export type MailToken = {
  tokenId: string
  userId: string
  purpose: MailTokenPurpose
  /** Where it is sent, as `normalizeEmail` answers it: using it proves that address. */
  email: string
  createdAt: Temporal.Instant
  /** Exclusive. */
  expiresAt: Temporal.Instant
}

/** Hours for which a link works. */
const mailTokenHours = {
  verify_email: 24,
  reset_password: 1,
  change_email: 1,
} as const satisfies Record<MailTokenPurpose, number>

/** The same in words of a mail. */
export const mailTokenValidity = {
  verify_email: '24 hours',
  reset_password: '1 hour',
  change_email: '1 hour',
} as const satisfies Record<MailTokenPurpose, string>

/** When a token made at `now` stops working. */
export function mailTokenExpiry(purpose: MailTokenPurpose, now: Temporal.Instant) {
  return now.add({ hours: mailTokenHours[purpose] })
}
