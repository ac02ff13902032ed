import { create } from '@bufbuild/protobuf'
import {
  ListEventsResponseSchema,
  type ListEventsRequest,
  type ListEventsResponse,
} from '@purser/contracts/metering/v1/metering'
import {
  decodePageToken,
  encodePageToken,
  fromProtoTimestamp,
  pageSizeOf,
  timeOfPosition,
} from '@purser/rpc'
import type { MeteringContext } from '../context.ts'
import { BEGINNING, END_OF_TIME, listEvents as readEvents } from '../store/raw-event.ts'
import { toProtoUsageEvent } from './convert.ts'

/** Lists raw events of one account in order of (time, source, id). Throws `request.invalid` for a page token that no list answered. */
export function listEvents(ctx: MeteringContext) {
  return async (req: ListEventsRequest): Promise<ListEventsResponse> => {
    const limit = pageSizeOf(req.pageSize)
    const position = decodePageToken(req.pageToken, 3)
    const window = {
      accountId: req.accountId,
      start: req.startTime ? fromProtoTimestamp(req.startTime) : BEGINNING.time,
      end: req.endTime ? fromProtoTimestamp(req.endTime) : END_OF_TIME,
    }
    const after = position ? positionOf(position) : BEGINNING
    const events = await ctx.db.tx(
      req.tenant,
      (tx) => readEvents(tx, req.tenant, { window, after, limit }),
      { readOnly: true },
    )
    const last = events.at(-1)
    return create(ListEventsResponseSchema, {
      events: events.map(toProtoUsageEvent),
      nextPageToken:
        last && events.length === limit
          ? encodePageToken([last.time.toString(), last.source, last.id])
          : '',
    })
  }
}

function positionOf([time, source, id]: string[]) {
  return { time: timeOfPosition(time as string), source: source as string, id: id as string }
}
