import type { IncomingMessage, ServerResponse } from 'node:http'
import { PurserError } from '@purser/kernel'
import { hasBody } from './request-body.ts'

/** Bytes of an unwanted body that are read on, so that the client sees the answer. */
const MAX_DISCARDED_BYTES = 16_000_000

/** A signal that is aborted, with PurserError `request.canceled`, when the client leaves. */
export function clientSignal(response: ServerResponse): AbortSignal {
  const controller = new AbortController()
  response.once('close', () => {
    if (response.writableFinished) return
    controller.abort(new PurserError('request.canceled', 'the client left'))
  })
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
