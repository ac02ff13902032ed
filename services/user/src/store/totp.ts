import { statement, type Tx } from '@purser/postgres'
import type { Person } from '../domain/person.ts'
import type { Totp } from '../domain/totp.ts'

type TotpRow = {
  sealed_secret: Buffer
  confirmed_at: Temporal.Instant | null
  last_step: bigint
}

const putTotpStatement = statement(
  'user.put_totp',
  `insert into totp (tenant_id, user_id, sealed_secret, created_at, last_step)
   values ($1, $2, $3::bytea, $4::timestamptz, -1)
   on conflict (tenant_id, user_id) do update
   set sealed_secret = excluded.sealed_secret,
       created_at = excluded.created_at,
       last_step = -1
   where totp.confirmed_at is null`,
)

/** Begins an enrolment anew; answers false when one is confirmed. Expects the person's row locked. */
export async function putTotp(
  tx: Tx,
  { tenant, userId }: Person,
  { sealedSecret, createdAt }: { sealedSecret: Buffer; createdAt: Temporal.Instant },
): Promise<boolean> {
  return (await tx.execute(putTotpStatement, [tenant, userId, sealedSecret, createdAt])) === 1
}

const findTotpStatement = statement(
  'user.find_totp',
  `select sealed_secret, confirmed_at, last_step
   from totp
   where tenant_id = $1
     and user_id = $2`,
)

/** The person's authenticator app, confirmed or not, if there is one. Takes no lock. */
export async function findTotp(tx: Tx, { tenant, userId }: Person): Promise<Totp | undefined> {
  const [row] = await tx.query<TotpRow>(findTotpStatement, [tenant, userId])
  return (
    row && {
      sealedSecret: row.sealed_secret,
      confirmedAt: row.confirmed_at ?? undefined,
      lastStep: row.last_step,
    }
  )
}

const useTotpStepStatement = statement(
  'user.use_totp_step',
  `update totp
   set last_step = $3::bigint,
       confirmed_at = coalesce(confirmed_at, $4::timestamptz)
   where tenant_id = $1
     and user_id = $2
     and last_step < $3::bigint`,
)

/**
 * Uses up the code of a step, and of all before it, and confirms the app; answers false when that
 * was done before (RFC 6238, section 5.2). Expects the person's row locked.
 */
export async function useTotpStep(
  tx: Tx,
  { tenant, userId }: Person,
  { step, now }: { step: bigint; now: Temporal.Instant },
): Promise<boolean> {
  return (await tx.execute(useTotpStepStatement, [tenant, userId, step, now])) === 1
}

const removeTotpStatement = statement(
  'user.remove_totp',
  `delete from totp
   where tenant_id = $1
     and user_id = $2`,
)

/** Removes the person's authenticator app. Expects the person's row locked. */
export async function removeTotp(tx: Tx, { tenant, userId }: Person): Promise<void> {
  await tx.execute(removeTotpStatement, [tenant, userId])
}
