import { statement, type Tx } from '@purser/postgres'

const summarizeStatement = statement(
  'metering.summarize_personal_usage',
  `select json_build_object(
     'account_id', subject, 'type', type, 'events', count(*), 'quantity', sum(quantity)::text,
     'first_at', min(time), 'last_at', max(time)
   )::text as record
   from usage_event
   where tenant_id = $1
     and subject = any($2::text[])
   group by subject, type
   order by subject, type`,
)

/** One record for each account and type of event, as JSON with plain names. Takes no lock. */
export async function summarizeUsage(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
): Promise<string[]> {
  const values = [tenantId, accountIds]
  const rows = await tx.query<{ record: string }>(summarizeStatement, values)
  return rows.map(({ record }) => record)
}

const countEventsStatement = statement(
  'metering.count_personal_usage',
  `select count(*) as total
   from usage_event
   where tenant_id = $1
     and subject = any($2::text[])`,
)

/** How many events these accounts have. Takes no lock. */
export async function countEvents(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
): Promise<bigint> {
  const [row] = await tx.query<{ total: bigint }>(countEventsStatement, [tenantId, accountIds])
  return row?.total ?? 0n
}

/** Properties that a meter reads: its value and its dimensions, by type of event. */
const meteredProperties = `
  select event_type, array_agg(distinct property) as properties
  from meter
  cross join lateral unnest(dimensions || value_property) as read(property)
  where tenant_id = $1
    and property is not null
  group by event_type`

const stripPropertiesStatement = statement(
  'metering.strip_personal_properties',
  `with metered as materialized (${meteredProperties}),
   wanted as (
     select e.source, e.event_id,
       coalesce(m.properties, array[]::text[]) as properties
     from usage_event as e
     left join metered as m on m.event_type = e.type
     where e.tenant_id = $1
       and e.subject = any($2::text[])
       and e.properties is not null
       and e.properties - coalesce(m.properties, array[]::text[]) <> '{}'::jsonb
     limit $3::bigint
   )
   update usage_event as e
   set properties = nullif(
     e.properties - array(
       select key
       from jsonb_object_keys(e.properties) as key
       where not key = any(wanted.properties)
     ),
     '{}'::jsonb
   )
   from wanted
   where e.tenant_id = $1
     and e.source = wanted.source
     and e.event_id = wanted.event_id`,
)

/**
 * Removes from up to `limit` events of these accounts every property that no meter reads, and
 * answers how many events that were: what is counted stays as it was. Locks their rows.
 */
export async function stripProperties(
  tx: Tx,
  tenantId: string,
  { accountIds, limit }: { accountIds: readonly string[]; limit: number },
): Promise<number> {
  return await tx.execute(stripPropertiesStatement, [tenantId, accountIds, limit])
}

const stripHoldsStatement = statement(
  'metering.strip_personal_holds',
  `update hold
   set properties = null
   where tenant_id = $1
     and account_id = any($2::text[])
     and properties is not null`,
)

/** Removes the properties of reservations and leases; answers of how many. Locks their rows. */
export async function stripHolds(
  tx: Tx,
  tenantId: string,
  accountIds: readonly string[],
): Promise<number> {
  return await tx.execute(stripHoldsStatement, [tenantId, accountIds])
}
