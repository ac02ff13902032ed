import type { AdminQuery } from './bed.ts'

/** Rows of the delivery of events: a relay moves and deletes them by itself, beside any request. */
const MOVED_BY_THE_RELAY = ['outbox', 'inbox']

/** A hash of all rows of a tenant in each table of each schema, by the table's name. */
export async function rowHashes(
  query: AdminQuery,
  tenant: string,
): Promise<Record<string, string>> {
  const tables = await query<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
     from pg_attribute a
     join pg_class c on c.oid = a.attrelid
     join pg_namespace n on n.oid = c.relnamespace
     where a.attname = 'tenant_id' and not a.attisdropped and c.relkind in ('r', 'p')
       and not c.relname = any($1::name[])
     order by name`,
    [MOVED_BY_THE_RELAY],
  )
  const hashes = tables.map(
    ({ name }) =>
      `select '${name}' as name,
         count(*) || ' ' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '') as hash
       from ${name} t where tenant_id = $1`,
  )
  const rows = await query<{ name: string; hash: string }>(hashes.join(' union all '), [tenant])
  return Object.fromEntries(rows.map(({ name, hash }) => [name, hash]))
}
