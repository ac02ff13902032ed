import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { Purser, type PurserOptions } from '@purser/sdk'
import { z } from 'zod'

/** What was asked. */
export type Asked = { path: string; headers: IncomingMessage['headers']; text: string }

export type Reply = { status?: number; headers?: Record<string, string>; body?: object | string }

/** A server over HTTP that answers what a test says, for what the service does not do on demand: fail. */
export async function scriptedServer(
  answer: (asked: Asked, count: number) => Reply | 'hang' | 'cut' | Promise<Reply>,
) {
  const asked: Asked[] = []
  const respond = async (req: IncomingMessage, res: ServerResponse) => {
    const one = { path: req.url ?? '', headers: req.headers, text: await text(req) }
    const reply = await answer(one, asked.push(one))
    if (reply === 'hang') return
    if (reply === 'cut') return void res.destroy()
    const { status = 200, headers = {}, body = {} } = reply
    res.writeHead(status, { 'content-type': 'application/json', ...headers })
    res.end(typeof body === 'string' ? body : JSON.stringify(body))
  }
  const server = createServer((req, res) => {
    respond(req, res).catch(() => res.destroy())
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const purser = (options: Partial<PurserOptions> = {}) =>
    new Purser({ baseUrl, apiKey: 'pk_test', tenant: 'acme', ...options })
  return {
    asked,
    purser,
    bodies: () => asked.map((one) => bodySchema.parse(JSON.parse(one.text))),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

const bodySchema = z.record(z.string(), z.unknown())

/** A refusal as the service words it. */
export function problem(status: number, code: string, details: object = {}): Reply {
  return {
    status,
    body: { type: `/problems/${code}`, title: code, status, detail: code, code, ...details },
  }
}
