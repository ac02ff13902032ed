import { once } from 'node:events'
import { createServer as createHttp1Server } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Session } from 'node:http2'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { connectNodeAdapter } from '@connectrpc/connect-node'
import { PurserError } from '@purser/kernel'

export type RequestHandler = ReturnType<typeof connectNodeAdapter>

export type ListenOptions = {
  /** 0 asks the system for a free port. */
  port: number
  /** Loopback unless given; `0.0.0.0` or `::` open it to the network. */
  host?: string
  /** The variable to change when the port is taken, named in the error. */
  portVariable?: string
}

export type OnePortServer = {
  readonly host: string
  readonly port: number
  /**
   * Stops accepting, waits for running requests at most `timeoutMs`, then calls `abandon` and cuts
   * what is left. Resolves when every connection is closed.
   */
  close(timeoutMs: number, abandon: () => void): Promise<void>
}

const PREFACE = 'PRI'
const PEEK_TIMEOUT_MS = 10_000
const MAX_CONCURRENT_STREAMS = 1000
/** What last answers and goodbyes get to reach the other side. */
const LINGER_MS = 500

/**
 * Serves HTTP/1.1 and cleartext HTTP/2 on one port. The first bytes of a connection decide: an
 * HTTP/2 client opens with "PRI * HTTP/2.0" (RFC 9113, section 3.4), and no HTTP/1.1 method starts
 * with PRI.
 *
 * Throws `platform.unavailable` in one line when the port is taken or not allowed.
 */
export async function listenOnePort(
  handler: RequestHandler,
  options: ListenOptions,
): Promise<OnePortServer> {
  const requests = new RequestCounter()
  const http1 = createHttp1Server((req, res) => {
    requests.track(res)
    if (!server.listening) res.setHeader('connection', 'close')
    handler(req, res)
  })
  const http2 = createHttp2Server(
    { settings: { maxConcurrentStreams: MAX_CONCURRENT_STREAMS } },
    (req, res) => {
      requests.track(res)
      handler(req, res)
    },
  )
  // Node starts the watch over slow HTTP/1.1 headers with this event, and this server never
  // listens.
  http1.emit('listening')
  const sessions = new Set<ServerHttp2Session>()
  http2.on('session', (session) => {
    sessions.add(session)
    session.once('close', () => sessions.delete(session))
    session.on('error', () => session.destroy())
  })
  const sockets = new Set<Socket>()
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    // A connection that breaks is the client's business; each protocol reports it to its requests.
    socket.on('error', () => socket.destroy())
    peek(socket, (isHttp2) => {
      // An HTTP/1.1 client may end its side after the request, as Node's own HTTP server allows.
      socket.allowHalfOpen = !isHttp2
      const protocol = isHttp2 ? http2 : http1
      protocol.emit('connection', socket)
    })
  })
  const { address, port } = await bind(server, options)

  return {
    host: address,
    port,
    async close(timeoutMs, abandon) {
      const closed = once(server, 'close')
      server.close()
      http1.close()
      for (const session of sessions) session.close()
      if (!(await requests.idle(timeoutMs))) abandon()
      http1.closeIdleConnections()
      await Promise.race([closed, sleep(LINGER_MS, undefined, { ref: false })])
      for (const session of sessions) session.destroy()
      for (const socket of sockets) socket.destroy()
      await closed
    },
  }
}

/** Requests that are not answered to the end. */
class RequestCounter {
  #running = 0
  #onIdle: (() => void) | undefined

  track(response: { once(event: 'close', listener: () => void): unknown }): void {
    this.#running++
    response.once('close', () => {
      if (--this.#running === 0) this.#onIdle?.()
    })
  }

  /** True when nothing runs any more, false when that took longer than `timeoutMs`. */
  async idle(timeoutMs: number): Promise<boolean> {
    if (this.#running === 0) return true
    const { promise, resolve } = Promise.withResolvers<boolean>()
    this.#onIdle = () => resolve(true)
    const timer = setTimeout(resolve, timeoutMs, false)
    const finished = await promise
    clearTimeout(timer)
    return finished
  }
}

/** Reads until the protocol is clear, then puts what was read back. */
function peek(socket: Socket, decide: (isHttp2: boolean) => void): void {
  const timer = setTimeout(() => socket.destroy(), PEEK_TIMEOUT_MS)
  socket.once('close', () => clearTimeout(timer))
  let seen = Buffer.alloc(0)
  const onReadable = () => {
    const chunk: Buffer | null = socket.read()
    if (chunk === null) return
    seen = Buffer.concat([seen, chunk])
    const start = seen.toString('latin1', 0, PREFACE.length)
    if (start.length < PREFACE.length && PREFACE.startsWith(start)) return
    socket.off('readable', onReadable)
    clearTimeout(timer)
    socket.unshift(seen)
    decide(start === PREFACE)
  }
  socket.on('readable', onReadable)
}

async function bind(
  server: ReturnType<typeof createServer>,
  { port, host = '127.0.0.1', portVariable }: ListenOptions,
): Promise<AddressInfo> {
  try {
    server.listen({ port, host })
    await once(server, 'listening')
  } catch (cause) {
    const reasons: Record<string, string> = {
      EADDRINUSE: 'is in use by another program',
      EACCES: 'needs more rights than this user has',
    }
    const reason = reasons[String((cause as NodeJS.ErrnoException).code)]
    if (!reason) throw cause
    const advice = portVariable ? `: stop that program or set ${portVariable}` : ''
    throw new PurserError('platform.unavailable', `port ${port} ${reason}${advice}`, { cause })
  }
  return server.address() as AddressInfo
}
