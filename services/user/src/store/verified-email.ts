import { statement, type Tx } from '@purser/postgres'
import type { Person } from '../domain/person.ts'

const putVerifiedEmailStatement = statement(
  'user.put_verified_email',
  `insert into verified_email (tenant_id, user_id, email, verified_at)
   values ($1, $2, $3, $4::timestamptz)
   on conflict (tenant_id, user_id) do update
   set email = excluded.email,
       verified_at = excluded.verified_at`,
)

/** Notes that the address is the person's. Expects the person's row locked. */
export async function putVerifiedEmail(
  tx: Tx,
  { tenant, userId }: Person,
  { email, verifiedAt }: { email: string; verifiedAt: Temporal.Instant },
): Promise<void> {
  await tx.execute(putVerifiedEmailStatement, [tenant, userId, email, verifiedAt])
}

const findSignInSettingsStatement = statement(
  'user.find_sign_in_settings',
  `select
     exists (
       select
       from verified_email as v
       where v.tenant_id = u.tenant_id
         and v.user_id = u.user_id
         and v.email = u.email
     ) as email_verified,
     exists (
       select
       from totp as t
       where t.tenant_id = u.tenant_id
         and t.user_id = u.user_id
         and t.confirmed_at is not null
     ) as totp_enabled
   from tenant_user as u
   where u.tenant_id = $1
     and u.user_id = $2`,
)

/** How a person stands with their credentials. */
export type SignInSettings = { emailVerified: boolean; totpEnabled: boolean }

/** Whether the person's present address is verified, and whether codes are asked for. No lock. */
export async function findSignInSettings(
  tx: Tx,
  { tenant, userId }: Person,
): Promise<SignInSettings> {
  const [row] = await tx.query<{ email_verified: boolean; totp_enabled: boolean }>(
    findSignInSettingsStatement,
    [tenant, userId],
  )
  return {
    emailVerified: row?.email_verified ?? false,
    totpEnabled: row?.totp_enabled ?? false,
  }
}

const setEmailStatement = statement(
  'user.set_email',
  `update tenant_user
   set email = $3
   where tenant_id = $1
     and user_id = $2`,
)

/**
 * Stores another address. Expects the person's row locked. Rejects with a unique violation of
 * `tenant_user_email_once` when somebody has it.
 */
export async function setEmail(tx: Tx, { tenant, userId }: Person, email: string): Promise<void> {
  await tx.execute(setEmailStatement, [tenant, userId, email])
}
