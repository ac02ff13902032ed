import { Agent, request as httpRequest } from 'node:http'
import type { Names } from './names.ts'
import type { Operation } from './operation.ts'
import type { MatrixRequest } from './request-of.ts'

export type HttpAnswer = { status: number; text: string }

/** A request of the matrix, and who makes it. */
export type Sending = {
  operation: Operation
  request: MatrixRequest
  names: Names
  authorization: string | undefined
}

/** One way to the operations; undefined for a request that cannot be made in it. */
export type MatrixSender = { send(sending: Sending): Promise<HttpAnswer | undefined> }

/** Sends requests to one server over connections that stay open. */
export class Sender implements MatrixSender {
  readonly #url: string
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 16 })

  constructor(url: string) {
    this.#url = url
  }

  /** The whole answer, a stream's too. */
  send({ request, authorization }: Pick<Sending, 'request' | 'authorization'>) {
    const { httpMethod: method, path, query, body, mediaType } = request
    const { promise, resolve, reject } = Promise.withResolvers<HttpAnswer>()
    const headers = {
      ...(authorization === undefined ? {} : { authorization }),
      ...(body === '' ? {} : { 'content-type': mediaType }),
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
