import { create, type MessageInitShape } from '@bufbuild/protobuf'
import type { Timestamp } from '@bufbuild/protobuf/wkt'
import type { EventRejectionSchema } from '@purser/contracts/metering/v1/metering'
import {
  Aggregation as ProtoAggregation,
  IngestEventsResponseSchema,
  MeterSchema,
  UsageEventSchema,
  type IngestEventsResponse,
  type Meter as ProtoMeter,
  type UsageEvent as ProtoUsageEvent,
  type UsageWindow as ProtoUsageWindow,
  WindowSize,
} from '@purser/contracts/metering/v1/metering'
import { assert, Decimal, PurserError } from '@purser/kernel'
import { fromProtoTimestamp, toProtoTimestamp } from '@purser/rpc'
import type { Aggregation, Meter } from '../domain/meter.ts'
import { DEFAULT_QUANTITY, DEFAULT_SOURCE, type UsageEvent } from '../domain/usage-event.ts'
import type { IngestReport } from '../ingest/ingest-report.ts'
import type { StoredEvent } from '../store/raw-event.ts'
import type { UsageWindow } from '../store/usage-total.ts'

/** Defaults of the contract's `EventPolicy`. */
const DEFAULT_MAX_PAST_DAYS = 400
const DEFAULT_MAX_FUTURE_SECONDS = 86_400
const DEFAULT_MAX_QUANTITY = '1000000000000'

const aggregations = {
  [ProtoAggregation.COUNT]: 'count',
  [ProtoAggregation.SUM]: 'sum',
  [ProtoAggregation.MAX]: 'max',
  [ProtoAggregation.UNIQUE_COUNT]: 'unique_count',
  [ProtoAggregation.LATEST]: 'latest',
} as const satisfies Partial<Record<ProtoAggregation, Aggregation>>

const protoAggregations = {
  count: ProtoAggregation.COUNT,
  sum: ProtoAggregation.SUM,
  max: ProtoAggregation.MAX,
  unique_count: ProtoAggregation.UNIQUE_COUNT,
  latest: ProtoAggregation.LATEST,
} as const satisfies Record<Aggregation, ProtoAggregation>

const windows = {
  [WindowSize.UNSPECIFIED]: undefined,
  [WindowSize.HOUR]: 'hour',
  [WindowSize.DAY]: 'day',
  [WindowSize.MONTH]: 'month',
} as const

/** The window of a usage question; undefined for the whole range. */
export function fromProtoWindowSize(window: WindowSize): 'hour' | 'day' | 'month' | undefined {
  return windows[window]
}

/** A meter as asked for; its fields were checked against the contract before. */
export function fromProtoMeter(meter: ProtoMeter, createdAt: Temporal.Instant): Meter {
  const policy = meter.eventPolicy
  return {
    meterKey: meter.meterKey,
    name: meter.name,
    eventType: meter.eventType,
    aggregation: aggregations[meter.aggregation as keyof typeof aggregations],
    valueProperty: meter.valueProperty === '' ? undefined : meter.valueProperty,
    dimensions: meter.dimensions,
    policy: {
      maxPastDays: policy?.maxPastDays || DEFAULT_MAX_PAST_DAYS,
      maxFutureSeconds: policy?.maxFutureSeconds || DEFAULT_MAX_FUTURE_SECONDS,
      allowNegative: policy?.allowNegative ?? false,
      integerOnly: policy?.integerOnly ?? false,
      maxQuantity: Decimal.parse(policy?.maxQuantity || DEFAULT_MAX_QUANTITY),
    },
    unit: meter.unit,
    createdAt,
  }
}

/** A meter as it is answered. */
export function toProtoMeter(meter: Meter): ProtoMeter {
  return create(MeterSchema, {
    meterKey: meter.meterKey,
    name: meter.name,
    eventType: meter.eventType,
    aggregation: protoAggregations[meter.aggregation],
    valueProperty: meter.valueProperty ?? '',
    dimensions: [...meter.dimensions],
    eventPolicy: {
      maxPastDays: meter.policy.maxPastDays,
      maxFutureSeconds: meter.policy.maxFutureSeconds,
      allowNegative: meter.policy.allowNegative,
      integerOnly: meter.policy.integerOnly,
      maxQuantity: meter.policy.maxQuantity.toString(),
    },
    unit: meter.unit,
    createTime: toProtoTimestamp(meter.createdAt),
  })
}

/** A usage event as received in a message; its fields were checked against the contract before. */
export function fromProtoUsageEvent(event: ProtoUsageEvent): UsageEvent {
  const hasProperties = Object.keys(event.properties).length > 0
  return {
    id: event.id,
    source: event.source || DEFAULT_SOURCE,
    type: event.type,
    subject: event.subject,
    timeMicros:
      event.time && Number(event.time.seconds) * 1_000_000 + Math.trunc(event.time.nanos / 1_000),
    quantity: event.quantity || DEFAULT_QUANTITY,
    properties: hasProperties ? event.properties : undefined,
  }
}

/** A stored event as it is answered. */
export function toProtoUsageEvent(event: StoredEvent): ProtoUsageEvent {
  return create(UsageEventSchema, {
    id: event.id,
    source: event.source,
    type: event.type,
    subject: event.subject,
    time: toProtoTimestamp(event.time),
    quantity: Decimal.parse(event.quantity).toString(),
    properties: event.properties,
  })
}

/** A time range of an account; both ends are required by the contract. */
export function fromProtoUsageWindow(window: ProtoUsageWindow): UsageWindow {
  assert(window.startTime && window.endTime, 'a usage window has both ends')
  return {
    accountId: window.accountId,
    start: fromProtoTimestamp(window.startTime),
    end: fromProtoTimestamp(window.endTime),
  }
}

/**
 * A time range whose ends are required by the contract, the end exclusive. Throws `request.invalid` for one that ends
 * before it begins: it is a slip, and no rows would look like no usage.
 */
export function fromProtoTimeRange(req: {
  startTime?: Timestamp | undefined
  endTime?: Timestamp | undefined
}): { start: Temporal.Instant; end: Temporal.Instant } {
  assert(req.startTime && req.endTime, 'the contract requires both ends')
  const start = fromProtoTimestamp(req.startTime)
  const end = fromProtoTimestamp(req.endTime)
  if (Temporal.Instant.compare(start, end) <= 0) return { start, end }
  throw new PurserError('request.invalid', 'The time range ends before it begins.', {
    fields: [{ field: 'end_time', message: 'must not be before start_time' }],
  })
}

/** What became of the events of a call. */
export function toProtoIngestReport(report: IngestReport): IngestEventsResponse {
  const rejections: MessageInitShape<typeof EventRejectionSchema>[] = report.rejections.map(
    (rejection) => ({
      line: BigInt(rejection.line),
      id: rejection.id ?? '',
      reason: rejection.reason,
      message: rejection.message,
    }),
  )
  return create(IngestEventsResponseSchema, {
    acceptedCount: BigInt(report.acceptedCount),
    duplicateCount: BigInt(report.duplicateCount),
    rejectedCount: BigInt(report.rejectedCount),
    rejections,
  })
}
