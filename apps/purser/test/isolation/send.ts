import { Agent, request as httpRequest } from 'node:http'
import type { MatrixRequest } from './request-of.ts'

export type HttpAnswer = { status: number; text: string }

/** Sends requests to one server over connections that stay open. */
export class Sender {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 })

  constructor(url: string) {
    this.#url = url
  }

  /** The whole answer, a stream's too. */
  send(request: MatrixRequest, authorization: string | undefined): Promise<HttpAnswer> {
    const { httpMethod: method, path, query, body } = request
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>()
    const headers = {
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === '' ? {} : { 'content-type': 'application/json' }),
      'content-length': Buffer.byteLength(body),
    }
    const url = `${this.#url}${path}${query === '' ? '' : `?${query}`}`
    const outgoing = httpRequest(url, { method, headers, agent: this.#agent }, (incoming) => {
      const chunks: Buffer[] = []
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
      incoming.on('error', reject)
      incoming.on('end', () =>
        resolve({ status: incoming.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(body)
    return promise
  }

  close(): void {
    this.#agent.destroy()
  }
}
