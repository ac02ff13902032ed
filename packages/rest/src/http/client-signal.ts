import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { PurserError } from '@purser/kernel'
import { hasBody } from './request-body.ts'

/** Bytes of an unwanted body that are read on, so that the client sees the answer. */
const MAX_DISCARDED_BYTES = 16_000_000

const signals = new WeakMap<Socket, AbortSignal>()

/**
 * A signal that is aborted, with PurserError `request.canceled`, when the client leaves. It is one for all requests
 * of a connection, of which HTTP/1.1 answers one at a time: one for each cost 3 µs. Whoever listens to it longer
 * than to one call has to take its listener away.
 */
export function clientSignal({ socket }: IncomingMessage): AbortSignal {
  const known = signals.get(socket)
  if (known !== undefined) return known
  const controller = new AbortController()
  const leave = () => controller.abort(new PurserError('request.canceled', 'the client left'))
  if (socket.destroyed) leave()
  else socket.once('close', leave)
  signals.set(socket, controller.signal)
  return controller.signal
}

/**
 * Reads over what is left of a body after its answer is decided. Closing the connection at once would
 * often destroy the answer on its way, and leaving the body unread would block the connection.
 */
export function discardBody(request: IncomingMessage): void {
  if (request.readableEnded || request.destroyed || !hasBody(request.headers)) return
  let bytes = 0
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    if (bytes > MAX_DISCARDED_BYTES) request.destroy()
  })
  request.on('error', () => undefined)
  request.resume()
}
