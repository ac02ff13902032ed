import { statement, type Tx } from '@purser/postgres'
import type { FailureScope, SignInFailures } from '../domain/sign-in-back-off.ts'

/** What is counted by, as the SHA-256 of what was typed or where it came from. */
export type FailureSubject = { scope: FailureScope; subjectHash: Buffer }

type FailureRow = {
  scope: FailureScope
  failures: number
  blocked_until: Temporal.Instant
  failed_at: Temporal.Instant
}

const lockFailuresStatement = statement(
  'user.lock_sign_in_failures',
  `insert into sign_in_failure as known (
     tenant_id, scope, subject_hash, failures, blocked_until, failed_at
   )
   select $1, scope, subject_hash, 0, $4::timestamptz, $4::timestamptz
   from unnest($2::text[], $3::bytea[]) as wanted(scope, subject_hash)
   order by scope
   on conflict (tenant_id, scope, subject_hash) do update
   set failures = known.failures
   returning scope, failures, blocked_until, failed_at`,
)

/**
 * The counts of these subjects, at most one of each scope; zero for a new one. Their rows stay
 * locked, the network address before the e-mail as everywhere, until the transaction ends:
 * attempts at the same time count one after the other.
 */
export async function lockFailures(
  tx: Tx,
  tenantId: string,
  subjects: readonly FailureSubject[],
  now: Temporal.Instant,
): Promise<ReadonlyMap<FailureScope, SignInFailures>> {
  const rows = await tx.query<FailureRow>(lockFailuresStatement, [
    tenantId,
    subjects.map(({ scope }) => scope),
    subjects.map(({ subjectHash }) => subjectHash),
    now,
  ])
  return new Map(rows.map((row) => [row.scope, fromRowFailures(row)]))
}

const storeFailuresStatement = statement(
  'user.store_sign_in_failures',
  `update sign_in_failure
   set failures = $4::integer,
       blocked_until = $5::timestamptz,
       failed_at = $6::timestamptz
   where tenant_id = $1
     and scope = $2
     and subject_hash = $3::bytea`,
)

/** Stores the count of a subject that `lockFailures` locked. */
export async function storeFailures(
  tx: Tx,
  tenantId: string,
  { scope, subjectHash }: FailureSubject,
  { failures, blockedUntil, failedAt }: SignInFailures,
): Promise<void> {
  const values = [tenantId, scope, subjectHash, failures, blockedUntil, failedAt]
  await tx.execute(storeFailuresStatement, values)
}

const takeBackFailureStatement = statement(
  'user.take_back_sign_in_failure',
  `update sign_in_failure
   set failures = greatest(failures - 1, 0),
       blocked_until = least(blocked_until, $4::timestamptz)
   where tenant_id = $1
     and scope = $2
     and subject_hash = $3::bytea`,
)

/** One failure less, and no block for it: the attempt that was counted succeeded. Locks the row. */
export async function takeBackFailure(
  tx: Tx,
  tenantId: string,
  { scope, subjectHash }: FailureSubject,
  now: Temporal.Instant,
): Promise<void> {
  await tx.execute(takeBackFailureStatement, [tenantId, scope, subjectHash, now])
}

const deleteFailuresStatement = statement(
  'user.delete_sign_in_failures',
  `delete from sign_in_failure
   where tenant_id = $1
     and scope = $2
     and subject_hash = $3::bytea`,
)

/** Forgets every failure of the subject. Locks the row. */
export async function deleteFailures(
  tx: Tx,
  tenantId: string,
  { scope, subjectHash }: FailureSubject,
): Promise<void> {
  await tx.execute(deleteFailuresStatement, [tenantId, scope, subjectHash])
}

function fromRowFailures(row: FailureRow): SignInFailures {
  return { failures: row.failures, blockedUntil: row.blocked_until, failedAt: row.failed_at }
}
