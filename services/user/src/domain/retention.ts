/**
 * What is removed once it has no use any more, and how many hours after it ended.
 *
 * - A used refresh token shows that it is used again until it expires; an expired one works for nobody.
 * - A session stays longer than the last of its tokens, which lives 30 days.
 * - Failed sign-ins count for a day; a block is shorter.
 * - A copy of everything that is held about somebody does not stay an hour longer than it is offered.
 * - Invitations stay a month, to be looked into when somebody comes late.
 */
export const retentionHours = {
  refresh_token: 24,
  session: 32 * 24,
  sign_in_failure: 48,
  invitation: 30 * 24,
  account_invitation: 30 * 24,
  former_api_key_secret: 24,
  mail_token: 24,
  sign_in_challenge: 24,
  sso_attempt: 24,
  personal_export: 0,
} as const satisfies Record<string, number>

/** What is removed, in the order in which it must be: a session after its tokens. */
export type PurgedKind = keyof typeof retentionHours

/** Those that ended before this may go. */
export function purgedBefore(kind: PurgedKind, now: Temporal.Instant): Temporal.Instant {
  return now.subtract({ hours: retentionHours[kind] })
}
