import {
  encodeTextArray,
  encodeTimestamptzArray,
  type Statement,
  statement,
  type Tx,
} from '@purser/postgres'
import type { EventBatch } from '../domain/event-batch.ts'
import { enterIngest } from './watermark.ts'

const insertSql = `
  with drawn as materialized (
    select nextval('ingest_batch_seq') as batch
  )
  insert into usage_event (tenant_id, source, event_id, type, subject, time, quantity, properties, batch)
  select $1, source, event_id, type, subject, time, quantity::numeric, properties::jsonb, drawn.batch
  from unnest($2::text[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::text[], $8::text[])
    as event (source, event_id, type, subject, time, quantity, properties)
  cross join drawn
  order by source, event_id`

const insertNewEventsStatement = statement('metering.insert_new_events', insertSql)

/**
 * Stores events that are all new by (tenant, source, id), in one statement. Throws a unique violation, and stores
 * nothing, when one of them is not: `insertEvents` then takes the batch. It exists because `on conflict`
 * looks every key up twice, and most batches hold no duplicate. Locks as `insertEvents` does.
 */
export async function insertNewEvents(
  tx: Tx,
  tenantId: string,
  batch: EventBatch,
): Promise<number> {
  return await insertWith(insertNewEventsStatement, tx, tenantId, batch)
}

const insertEventsStatement = statement(
  'metering.insert_events',
  `${insertSql}
   on conflict (tenant_id, source, event_id) do nothing`,
)

/**
 * Stores the events that are new by (tenant, source, id), in one statement; answers their number. Takes the
 * tenant's ingest lock in shared mode. Rows are inserted in order of their key, so that two batches with the
 * same events in different order wait for each other instead of deadlocking.
 */
export async function insertEvents(tx: Tx, tenantId: string, batch: EventBatch): Promise<number> {
  return await insertWith(insertEventsStatement, tx, tenantId, batch)
}

async function insertWith(
  insert: Statement,
  tx: Tx,
  tenantId: string,
  batch: EventBatch,
): Promise<number> {
  await enterIngest(tx, tenantId)
  return await tx.execute(insert, [
    tenantId,
    encodeTextArray(batch.sources),
    encodeTextArray(batch.ids),
    encodeTextArray(batch.types),
    encodeTextArray(batch.subjects),
    encodeTimestamptzArray(batch.timesMicros),
    encodeTextArray(batch.quantities),
    encodeTextArray(batch.properties),
  ])
}
