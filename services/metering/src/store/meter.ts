import { Decimal } from '@purser/kernel'
import { statement, type Tx } from '@purser/postgres'
import type { Aggregation, Meter } from '../domain/meter.ts'

const COLUMNS = `
  meter_key, name, event_type, aggregation, value_property, dimensions,
  max_past_days, max_future_seconds, allow_negative, integer_only, max_quantity, unit, created_at`

type MeterRow = {
  meter_key: string
  name: string
  event_type: string
  aggregation: Aggregation
  value_property: string | null
  dimensions: string[]
  max_past_days: number
  max_future_seconds: number
  allow_negative: boolean
  integer_only: boolean
  max_quantity: string
  unit: string
  created_at: Temporal.Instant
}

const insertMeterStatement = statement(
  'metering.insert_meter',
  `insert into meter (tenant_id, ${COLUMNS})
   values ($1, $2, $3, $4, $5, $6, $7::text[], $8, $9, $10, $11, $12::numeric, $13, $14::timestamptz)
   on conflict (tenant_id, meter_key) do nothing`,
)

/** Inserts a meter; answers false when its key is taken. */
export async function insertMeter(tx: Tx, tenantId: string, meter: Meter): Promise<boolean> {
  const { policy } = meter
  const inserted = await tx.execute(insertMeterStatement, [
    tenantId,
    meter.meterKey,
    meter.name,
    meter.eventType,
    meter.aggregation,
    meter.valueProperty ?? null,
    meter.dimensions,
    policy.maxPastDays,
    policy.maxFutureSeconds,
    policy.allowNegative,
    policy.integerOnly,
    policy.maxQuantity,
    meter.unit,
    meter.createdAt,
  ])
  return inserted === 1
}

const listMetersStatement = statement(
  'metering.list_meters',
  `select ${COLUMNS}
   from meter
   where tenant_id = $1
   order by meter_key`,
)

/** Every meter of the tenant, in order of its key. */
export async function listMeters(tx: Tx, tenantId: string): Promise<Meter[]> {
  const rows = await tx.query<MeterRow>(listMetersStatement, [tenantId])
  return rows.map(fromRowMeter)
}

const findMeterStatement = statement(
  'metering.find_meter',
  `select ${COLUMNS}
   from meter
   where tenant_id = $1
     and meter_key = $2`,
)

/** The meter with this key, if there is one. */
export async function findMeter(
  tx: Tx,
  tenantId: string,
  meterKey: string,
): Promise<Meter | undefined> {
  const [row] = await tx.query<MeterRow>(findMeterStatement, [tenantId, meterKey])
  return row && fromRowMeter(row)
}

function fromRowMeter(row: MeterRow): Meter {
  return {
    meterKey: row.meter_key,
    name: row.name,
    eventType: row.event_type,
    aggregation: row.aggregation,
    valueProperty: row.value_property ?? undefined,
    dimensions: row.dimensions,
    policy: {
      maxPastDays: row.max_past_days,
      maxFutureSeconds: row.max_future_seconds,
      allowNegative: row.allow_negative,
      integerOnly: row.integer_only,
      maxQuantity: Decimal.parse(row.max_quantity),
    },
    unit: row.unit,
    createdAt: row.created_at,
  }
}
