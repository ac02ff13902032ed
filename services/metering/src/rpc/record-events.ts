import type {
  IngestEventsResponse,
  RecordEventsRequest,
} from '@purser/contracts/metering/v1/metering'
import type { MeteringContext } from '../context.ts'
import { fromProtoUsageEvent, toProtoIngestReport } from './convert.ts'
import { openSession } from './open-session.ts'

/** Takes usage events as messages, with the guarantees of `ingestEvents`. */
export function recordEvents(ctx: MeteringContext) {
  return async ({ tenant, events }: RecordEventsRequest): Promise<IngestEventsResponse> => {
    const session = await openSession(ctx, tenant)
    for (const [index, event] of events.entries()) {
      session.take(index + 1, { ok: true, event: fromProtoUsageEvent(event) })
    }
    return toProtoIngestReport(await session.finish())
  }
}
