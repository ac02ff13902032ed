import { Readable } from 'node:stream'
import type { Message } from '@bufbuild/protobuf'
import type { HttpBody } from '@purser/contracts/google/api/httpbody'
import { toPurserError } from '@purser/rpc'
import type { RestCall } from './answer.ts'
import { openStream } from './answer-stream.ts'

/**
 * Calls a server-streaming method and answers the bytes of its HttpBody messages as they come, no faster than the
 * client reads; the first names the media type. A failure before the first piece is an ordinary problem; a later one
 * breaks the connection off, so that nobody takes a part for the whole.
 */
export async function answerFile(call: RestCall): Promise<void> {
  const pieces = (await openStream(call)) as AsyncIterator<Message & HttpBody>
  const first = await pieces.next()
  const contentType = first.done ? '' : first.value.contentType
  call.reply
    .type(contentType || 'application/octet-stream')
    .header('x-content-type-options', 'nosniff')
    .send(Readable.from(bytesOf(call, pieces, first), { objectMode: false }))
}

async function* bytesOf(
  call: RestCall,
  pieces: AsyncIterator<HttpBody>,
  first: IteratorResult<HttpBody>,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    for (let next = first; !next.done; next = await pieces.next()) yield next.value.data
  } catch (error) {
    throw toPurserError(error, call.signal)
  } finally {
    pieces.return?.().catch(() => undefined)
  }
}
