import type {
  IngestEventsResponse,
  RecordEventsRequest,
} from '@purser/contracts/metering/v1/metering'
import { PurserError } from '@purser/kernel'
import type { MeteringContext } from '../context.ts'
import { isReservedSource } from '../domain/usage-event.ts'
import { fromProtoUsageEvent, toProtoIngestReport } from './convert.ts'
import { openSession } from './open-session.ts'

/**
 * Takes usage events as messages, with the guarantees of `ingestEvents`. Throws `request.invalid`, and takes none, where
 * one has a source that is reserved for limits.
 */
export function recordEvents(ctx: MeteringContext) {
  return async ({ tenant, events }: RecordEventsRequest): Promise<IngestEventsResponse> => {
    refuseReservedSources(events)
    const session = await openSession(ctx, tenant)
    for (const [index, event] of events.entries()) {
      session.take(index + 1, { ok: true, event: fromProtoUsageEvent(event) })
    }
    return toProtoIngestReport(await session.finish())
  }
}

function refuseReservedSources(events: RecordEventsRequest['events']): void {
  const fields = events.flatMap(({ source }, index) =>
    isReservedSource(source)
      ? [
          {
            field: `events[${index}].source`,
            message: 'is reserved for usage that limits admitted',
          },
        ]
      : [],
  )
  if (fields.length === 0) return
  throw new PurserError('request.invalid', 'Some events cannot be taken as they are.', { fields })
}
