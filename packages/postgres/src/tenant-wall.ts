import { PurserError } from '@purser/kernel'
import pg from 'pg'

/**
 * `protect_tenant_table(target, allow_system)`: one line in a migration walls a table, and the
 * partitions it has by then, so that a transaction sees and writes the rows of its own tenant
 * alone, the table's owner included. With `allow_system` a system transaction, whose tenant is '*',
 * sees all rows. The setting is read in a subquery: once a statement instead of once a row.
 */
export function protectFunctionSql(schema: string): string {
  const name = `${pg.escapeIdentifier(schema)}.protect_tenant_table`
  return `
    create or replace function ${name}(target regclass, allow_system boolean default false)
    returns void
    language plpgsql
    as $function$
    declare
      part regclass;
      visible text := 'tenant_id = (select current_setting(''purser.tenant_id'', true))';
    begin
      if allow_system then
        visible := visible || ' or (select current_setting(''purser.tenant_id'', true)) = ''*''';
      end if;
      for part in
        select target union select relid from pg_partition_tree(target)
      loop
        execute format('alter table %s enable row level security', part);
        execute format('alter table %s force row level security', part);
        execute format('drop policy if exists tenant on %s', part);
        execute format('create policy tenant on %s using (%s)', part, visible);
      end loop;
    end
    $function$`
}

type TableRow = {
  name: string
  kind: string
  has_tenant: boolean
  enabled: boolean
  forced: boolean
  policies: number
  open_policies: number
}

/** Relations that hold rows; of these only ordinary and partitioned tables can have policies. */
const tables = `
  select
    c.relname as name,
    c.relkind::text as kind,
    exists (
      select from pg_attribute a
      where a.attrelid = c.oid and a.attname = 'tenant_id' and not a.attisdropped
    ) as has_tenant,
    c.relrowsecurity as enabled,
    c.relforcerowsecurity as forced,
    count(p.oid) filter (where p.polpermissive)::int as policies,
    count(p.oid) filter (
      where p.polpermissive
        and concat(pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid))
          not like '%purser.tenant_id%'
    )::int as open_policies
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  left join pg_policy p on p.polrelid = c.oid
  where n.nspname = $1
    and c.relkind in ('r', 'p', 'm', 'f')
    and not c.relname = any($2::name[])
  group by c.oid
  order by c.relname`

/**
 * Throws `platform.internal`, naming every table of `schema` that would show rows of another
 * tenant, unless all have a `tenant_id`, row-level security enabled and forced, and policies that
 * look at the tenant of the transaction. `exceptions` are tables that hold nothing of any tenant.
 */
export async function assertTenantWall(
  client: pg.ClientBase,
  schema: string,
  exceptions: readonly string[],
): Promise<void> {
  const { rows } = await client.query<TableRow>(tables, [schema, exceptions])
  const gaps = rows.flatMap((row) => {
    const gap = gapOf(row)
    return gap ? [`${row.name} ${gap}`] : []
  })
  if (gaps.length === 0) return
  throw new PurserError(
    'platform.internal',
    `Schema ${schema} does not keep tenants apart: ${gaps.join('; ')}. ` +
      'Call protect_tenant_table in its migration, or list tables without tenants as exceptions.',
  )
}

function gapOf(row: TableRow): string | undefined {
  if (row.kind === 'm' || row.kind === 'f') return 'cannot have row-level security'
  if (!row.has_tenant) return 'has no tenant_id'
  if (!row.enabled) return 'has no row-level security'
  if (!row.forced) return 'does not force row-level security on its owner'
  if (row.policies === 0) return 'has no policy'
  if (row.open_policies > 0) return 'has a policy that ignores the tenant'
  return undefined
}
