import { statement, type Tx } from '@purser/postgres'

/** A state of an account: each change of what metering has to know makes the next revision. */
export type AccountRevision = {
  accountId: string
  /** From 1. */
  revision: bigint
}

const bumpRevisionsStatement = statement(
  'subscription.bump_revisions',
  `insert into account_revision (tenant_id, account_id, revision)
   select $1, changed.account_id, 1
   from (
     select distinct account_id
     from unnest($2::text[]) as named(account_id)
     order by account_id
   ) as changed
   on conflict (tenant_id, account_id) do update
   set revision = account_revision.revision + 1`,
)

/**
 * Gives each of these accounts its next revision. Locks their rows, in order of the accounts, until
 * the transaction ends: whoever changes an account next waits, so that revisions are committed in
 * their order. Call it after every other lock was taken.
 */
export async function bumpRevisions(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
): Promise<void> {
  await tx.execute(bumpRevisionsStatement, [tenantId, accountIds])
}

const findUntoldStatement = statement(
  'subscription.find_untold_revisions',
  `select account_id, revision
   from account_revision
   where tenant_id = $1
     and account_id = any($2::text[])
     and told_revision < revision`,
)

/** Those of these accounts whose newest revision metering has not confirmed. Takes no lock. */
export async function findUntold(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
): Promise<AccountRevision[]> {
  return await queryRevisions(tx, findUntoldStatement, [tenantId, accountIds])
}

const listUntoldStatement = statement(
  'subscription.list_untold_revisions',
  `select account_id, revision
   from account_revision
   where tenant_id = $1
     and account_id > $2
     and told_revision < revision
   order by account_id
   limit $3::bigint`,
)

/** As `findUntold`, among all accounts of the tenant that come after `afterId`, by account. */
export async function listUntold(
  tx: Tx,
  tenantId: string,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<AccountRevision[]> {
  return await queryRevisions(tx, listUntoldStatement, [tenantId, afterId, limit])
}

async function queryRevisions(
  tx: Tx,
  statementToRun: ReturnType<typeof statement>,
  values: readonly unknown[],
): Promise<AccountRevision[]> {
  const rows = await tx.query<{ account_id: string; revision: bigint }>(statementToRun, values)
  return rows.map((row) => ({ accountId: row.account_id, revision: row.revision }))
}

const confirmToldStatement = statement(
  'subscription.confirm_told_revisions',
  `with told as (
     select a.account_id, confirmed.revision
     from unnest($2::text[], $3::bigint[]) as confirmed(account_id, revision)
     join account_revision as a
       on a.tenant_id = $1
       and a.account_id = confirmed.account_id
     order by a.account_id
     for no key update of a
   )
   update account_revision as a
   set told_revision = greatest(a.told_revision, told.revision)
   from told
   where a.tenant_id = $1
     and a.account_id = told.account_id`,
)

/**
 * Notes that metering has these revisions; one that is older than what it has changes nothing. Locks
 * the rows in order of the accounts, as `bumpRevisions` does.
 */
export async function confirmTold(
  tx: Tx,
  tenantId: string,
  told: readonly AccountRevision[],
): Promise<void> {
  await tx.execute(confirmToldStatement, [
    tenantId,
    told.map(({ accountId }) => accountId),
    told.map(({ revision }) => revision),
  ])
}
