import { Readable } from 'node:stream'
import type { DescMethodStreaming, Message } from '@bufbuild/protobuf'
import { toPurserError } from '@purser/rpc'
import { readRequest, type RestCall } from './answer.ts'
import { problemOf } from './problem.ts'
import {
  type StreamFormat,
  type StreamItem,
  streamFormat,
  withKeepAlive,
} from './response-stream.ts'

/**
 * Calls a server-streaming method and answers its messages as they come, no faster than the client
 * reads. A failure before the first message is an ordinary problem; a later one is the last item.
 */
export async function answerStream(call: RestCall, keepAliveMs: number): Promise<void> {
  const format = streamFormat(call.request.headers.accept)
  const messages = await openStream(call)
  const items = itemsOf(call, messages)
  const alive = format.keepsAlive ? withKeepAlive(items, keepAliveMs) : items
  const first = await alive.next()
  const text = first.done ? [] : writeItems(format, first.value, alive)
  call.reply
    .type(format.contentType)
    .header('cache-control', 'no-store')
    .header('x-accel-buffering', 'no')
    .send(Readable.from(text, { objectMode: false }))
}

/** Calls a server-streaming method; answers its messages, which nobody has read yet. */
export async function openStream(call: RestCall): Promise<AsyncIterator<Message>> {
  const { route, signal, options } = call
  const { transport } = route
  // Routes of this kind are compiled of server-streaming methods alone.
  const method = route.method as DescMethodStreaming
  const message = await readRequest(call)
  const { timeoutMs, headers, contextValues } = options
  const input = (async function* () {
    yield message
  })()
  const response = await transport.stream(method, signal, timeoutMs, headers, input, contextValues)
  return response.message[Symbol.asyncIterator]()
}

/** The messages as items. Only a failure after the first message becomes an item of its own. */
async function* itemsOf(
  call: RestCall,
  messages: AsyncIterator<Message>,
): AsyncGenerator<StreamItem, void, undefined> {
  let count = 0
  try {
    for (let next = await messages.next(); !next.done; next = await messages.next()) {
      count += 1
      yield { kind: 'message', json: JSON.stringify(call.route.encode(next.value)) }
    }
  } catch (error) {
    if (count === 0 && !call.reply.sent) throw error
    const problem = problemOf(toPurserError(error, call.signal), call.request.id)
    yield { kind: 'problem', json: JSON.stringify(problem) }
  } finally {
    messages.return?.().catch(() => undefined)
  }
}

async function* writeItems(
  format: StreamFormat,
  first: StreamItem,
  rest: AsyncGenerator<StreamItem, void, undefined>,
): AsyncGenerator<string, void, undefined> {
  let id = 1
  try {
    for (let next = first; ; ) {
      yield format.write(next, id)
      if (next.kind === 'message') id += 1
      const result = await rest.next()
      if (result.done) return
      next = result.value
    }
  } finally {
    await rest.return()
  }
}
