import { waitFor } from '@purser/testing'
import type { AdminQuery } from './bed.ts'

/** Rows of the delivery of events and of the walk for alerts: they move by themselves, beside any request. */
const MOVED_BY_THEMSELVES = ['outbox', 'inbox', 'alert_walk']

/** When a key was used last is noted moments after the answer. */
const NOTED_LATER = ['last_used_at']

/** Rows that anybody may leave with any tenant: the begin of a sign-in, which expires. */
const WRITTEN_BY_ANYBODY = ['sign_in_challenge']

/** What thousands of requests left to relay and jobs, on a busy machine. */
const PATIENCE = { timeoutMs: 120_000 }

/**
 * A hash of all rows of a tenant in each table of each schema, by the table's name. What the tenant itself did is
 * in its audit log by then, and what it was written about is sent: relay and jobs bring it there by and by.
 */
export async function rowHashes(
  query: AdminQuery,
  tenant: string,
): Promise<Record<string, string>> {
  await waitFor(async () => (await countOnTheWay(query, tenant)) === 0, PATIENCE)
  await waitFor(async () => (await countMailsOnTheWay(query, tenant)) === 0, PATIENCE)
  await waitFor(async () => (await countUntoldPlans(query, tenant)) === 0, PATIENCE)
  const tables = await query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
     from pg_attribute a
     join pg_class c on c.oid = a.attrelid
     join pg_namespace n on n.oid = c.relnamespace
     where a.attname = 'tenant_id' and not a.attisdropped and c.relkind in ('r', 'p')
       and not c.relname = any($1::name[])
     order by name`,
    [[...MOVED_BY_THEMSELVES, ...WRITTEN_BY_ANYBODY]],
  )
  const hashes = tables.map(
    ({ name }) =>
      `select '${name}' as name,
         count(*) || ' ' || coalesce(md5(string_agg(t.said, '|' order by t.said)), '') as hash
       from (
         select (to_jsonb(r) - $2::text[])::text as said from ${name} as r where tenant_id = $1
       ) as t`,
  )
  const rows = await query<{ name: string; hash: string }>(hashes.join(' union all '), [
    tenant,
    NOTED_LATER,
  ])
  return Object.fromEntries(rows.map(({ name, hash }) => [name, hash]))
}

/** Acts of the tenant that are not in its audit log yet. */
async function countOnTheWay(query: AdminQuery, tenant: string): Promise<number> {
  const outboxes = await query<{ name: string }>(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where tablename = 'outbox' order by name`,
  )
  const waiting = outboxes.map(
    ({ name }) => `select from ${name} where tenant_id = $1 and subject = 'audit.recorded'`,
  )
  return (await query(waiting.join(' union all '), [tenant])).length
}

/** Mails to people of the tenant that are not handed to the mail server yet. */
async function countMailsOnTheWay(query: AdminQuery, tenant: string): Promise<number> {
  const waiting = await query(
    `select
     from user_jobs._private_jobs as job
     join user_jobs._private_tasks as task on task.id = job.task_id
     where task.identifier like 'mail-%' and job.payload ->> 'tenant' = $1
     union all
     select from notification.message where tenant_id = $1 and state in ('queued', 'sending')`,
    [tenant],
  )
  return waiting.length
}

/** Plans and accounts of the tenant whose entitlements metering was not told yet. */
async function countUntoldPlans(query: AdminQuery, tenant: string): Promise<number> {
  const untold = await query(
    `select from subscription.untold_plan_version where tenant_id = $1
     union all
     select from subscription.account_revision where tenant_id = $1 and told_revision < revision`,
    [tenant],
  )
  return untold.length
}
