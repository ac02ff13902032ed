import { publish } from '@purser/events'
import type { Tx } from '@purser/postgres'
import type { Person } from './domain/person.ts'

/** Of the events here that say no more than whose credentials changed: `{ user_id }`. */
export type CredentialSubject =
  | 'user.email_verified'
  | 'user.email_changed'
  | 'user.password_reset'
  | 'user.totp_enabled'
  | 'user.totp_disabled'
  | 'user.recovery_code_used'
  | 'user.recovery_codes_replaced'

/** One of `CredentialSubject`: `{ user_id }`. */
export async function publishCredentialChange(
  tx: Tx,
  { tenant: tenantId, userId }: Person,
  { subject, occurredAt }: { subject: CredentialSubject; occurredAt: Temporal.Instant },
): Promise<void> {
  await publish(tx, [{ tenantId, subject, occurredAt, payload: { user_id: userId } }])
}

/**
 * `passkey.registered`, `passkey.removed`, and `passkey.clone_suspected`, when the counter of its
 * authenticator did not go up: `{ user_id, passkey_id }`.
 */
export async function publishPasskeyEvent(
  tx: Tx,
  { tenant: tenantId, userId }: Person,
  event: {
    subject: 'passkey.registered' | 'passkey.removed' | 'passkey.clone_suspected'
    passkeyId: string
    occurredAt: Temporal.Instant
  },
): Promise<void> {
  const { subject, passkeyId, occurredAt } = event
  const payload = { user_id: userId, passkey_id: passkeyId }
  await publish(tx, [{ tenantId, subject, occurredAt, payload }])
}
