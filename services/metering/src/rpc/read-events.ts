import { create } from '@bufbuild/protobuf'
import {
  ReadEventsResponseSchema,
  type ReadEventsRequest,
  type ReadEventsResponse,
} from '@purser/contracts/metering/v1/metering'
import { assert } from '@purser/kernel'
import { toProtoTimestamp } from '@purser/rpc'
import type { MeteringContext } from '../context.ts'
import { BEGINNING, listMeteredEvents, type EventPosition } from '../store/raw-event.ts'
import { fromProtoUsageWindow } from './convert.ts'
import { readMeter } from './get-meter.ts'

const PAGE_SIZE = 2_000

/** Streams the raw events behind an aggregate, in bounded memory. Throws `resource.not_found`. */
export function readEvents(ctx: MeteringContext) {
  return async function* (req: ReadEventsRequest): AsyncGenerator<ReadEventsResponse> {
    assert(req.window, 'the contract requires a window')
    const meter = await readMeter(ctx, req.tenant, req.meterKey)
    const question = {
      meter,
      window: fromProtoUsageWindow(req.window),
      watermark: req.watermark,
      limit: PAGE_SIZE,
    }
    let after: EventPosition | undefined = BEGINNING
    while (after !== undefined) {
      const position: EventPosition = after
      const events = await ctx.db.tx(
        req.tenant,
        (tx) => listMeteredEvents(tx, req.tenant, { ...question, after: position }),
        { readOnly: true },
      )
      yield create(ReadEventsResponseSchema, {
        events: events.map(({ time, value, ...event }) => ({
          ...event,
          value: value ?? '',
          hasValue: value !== undefined,
          time: toProtoTimestamp(time),
        })),
      })
      after = events.length === PAGE_SIZE ? events.at(-1) : undefined
    }
  }
}
