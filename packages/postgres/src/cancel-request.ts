import { connect } from 'node:net'

/** Where a server listens and which of its sessions is meant. */
export type CancelTarget = { host: string; port: number; processId: number; secretKey: number }

/** CancelRequest code of the wire protocol, "Message Formats" in the Postgres manual. */
const cancelRequestCode = 80877102
const timeoutMs = 5_000

/**
 * Asks the server to end what a session runs now, over a connection of its own as the protocol
 * wants it. There is no answer, and the request may come too late: drop the session afterwards, so
 * that it cannot hit a later statement. Never rejects.
 */
export function sendCancelRequest(target: CancelTarget): Promise<void> {
  const message = Buffer.alloc(16)
  message.writeInt32BE(message.length, 0)
  message.writeInt32BE(cancelRequestCode, 4)
  message.writeInt32BE(target.processId, 8)
  message.writeInt32BE(target.secretKey, 12)
  const socket = target.host.startsWith('/')
    ? connect(`${target.host}/.s.PGSQL.${target.port}`)
    : connect(target.port, target.host)
  return new Promise((resolve) => {
    socket.setTimeout(timeoutMs, () => socket.destroy())
    socket.on('error', () => undefined)
    socket.on('close', () => resolve())
    socket.end(message)
    socket.resume()
  })
}
