import { create } from '@bufbuild/protobuf'
import {
  type ExportPersonalDataRequest,
  type ExportPersonalDataResponse,
  ExportPersonalDataResponseSchema,
} from '@purser/contracts/common/v1/privacy'
import { decodePageToken, encodePageToken } from '@purser/rpc'
import type { MeteringContext } from '../context.ts'
import { summarizeUsage } from '../store/personal-usage.ts'
import {
  BEGINNING,
  END_OF_TIME,
  type EventPosition,
  listEvents,
  type StoredEvent,
} from '../store/raw-event.ts'

const EVENTS_A_PAGE = 1_000

/** Answers what is held about accounts: first a summary of their usage, then event after event. */
export function exportPersonalData(ctx: MeteringContext) {
  return async (req: ExportPersonalDataRequest): Promise<ExportPersonalDataResponse> => {
    const { tenant, accountIds } = req
    const place = decodePageToken(req.pageToken, 4)
    return await ctx.db.tx(
      tenant,
      async (tx) => {
        if (place === undefined) {
          const summaries = await summarizeUsage(tx, tenant, accountIds)
          const records = summaries.map((json) => ({ kind: 'usage summary', json }))
          return answer(records, accountIds.length > 0 ? { index: 0, after: BEGINNING } : undefined)
        }
        const { index, after } = placeOf(place)
        const accountId = accountIds[index]
        if (accountId === undefined) return answer([], undefined)
        const window = { accountId, start: BEGINNING.time, end: END_OF_TIME }
        const events = await listEvents(tx, tenant, { window, after, limit: EVENTS_A_PAGE })
        const last = events.length === EVENTS_A_PAGE ? events.at(-1) : undefined
        const isDone = last === undefined && index + 1 >= accountIds.length
        const next = last ? { index, after: last } : { index: index + 1, after: BEGINNING }
        return answer(events.map(toRecord), isDone ? undefined : next)
      },
      { readOnly: true },
    )
  }
}

/** A place in the events: an account by its number in the request, and the event before. */
type Place = { index: number; after: EventPosition }

function placeOf([index, time, source, id]: string[]): Place {
  const after = {
    time: Temporal.Instant.from(time as string),
    source: source as string,
    id: id as string,
  }
  return { index: Number(index), after }
}

function toRecord({ subject, time, ...event }: StoredEvent) {
  const record = { account_id: subject, time: time.toString(), ...event }
  return { kind: 'usage events', json: JSON.stringify(record) }
}

function answer(
  records: { kind: string; json: string }[],
  next: Place | undefined,
): ExportPersonalDataResponse {
  const { time, source, id } = next?.after ?? BEGINNING
  const nextPageToken = next
    ? encodePageToken([String(next.index), time.toString(), source, id])
    : ''
  return create(ExportPersonalDataResponseSchema, { records, nextPageToken })
}
