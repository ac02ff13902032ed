import type {
  IngestEventsRequest,
  IngestEventsResponse,
} from '@purser/contracts/metering/v1/metering'
import { PurserError } from '@purser/kernel'
import type { MeteringContext } from '../context.ts'
import { readBody } from '../ingest/read-body.ts'
import { toProtoIngestReport } from './convert.ts'
import { openSession } from './open-session.ts'

/**
 * Takes a body of usage events in pieces, in bounded memory, and answers after the last commit.
 * Throws `request.unsupported_media_type`, `request.invalid_json`, `request.body_too_large`.
 */
export function ingestEvents(ctx: MeteringContext) {
  return async (requests: AsyncIterable<IngestEventsRequest>): Promise<IngestEventsResponse> => {
    const iterator = requests[Symbol.asyncIterator]()
    const first = await iterator.next()
    if (first.done) throw new PurserError('request.invalid', 'Send at least one piece of a body.')
    const { tenant, body } = first.value
    const session = await openSession(ctx, tenant)
    await readBody(body?.contentType ?? '', piecesOf(first.value, iterator), session)
    return toProtoIngestReport(await session.finish())
  }
}

async function* piecesOf(
  first: IngestEventsRequest,
  rest: AsyncIterator<IngestEventsRequest>,
): AsyncGenerator<Uint8Array> {
  try {
    if (first.body) yield first.body.data
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      if (next.value.body) yield next.value.body.data
    }
  } finally {
    await rest.return?.()
  }
}
