import type { Billing } from '../billing/billing-harness.ts'

/** Tables of every service, those of the job workers too, in which a row as text holds one of the needles. */
export async function tablesWith(
  { adminQuery }: Pick<Billing, 'adminQuery'>,
  needles: readonly string[],
): Promise<string[]> {
  const tables = await adminQuery<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name
     from pg_class as c
     join pg_namespace as n on n.oid = c.relnamespace
     where c.relkind = 'r'
       and n.nspname not in ('pg_catalog', 'information_schema')
     order by 1`,
  )
  const hits = tables.map(
    ({ name }) =>
      `select '${name}' as name
       where exists (
         select from ${name} as t
         join unnest($1::text[]) as needle on position(lower(needle) in lower(t::text)) > 0
       )`,
  )
  const found = await adminQuery<{ name: string }>(hits.join(' union all '), [needles])
  return found.map(({ name }) => name)
}
