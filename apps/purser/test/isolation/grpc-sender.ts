import { type ErrorKind, isPurserError } from '@purser/kernel'
import { createPrincipalCodec, createRemoteTransport, type RemoteTransport } from '@purser/rpc'
import { callRoute, messageOf } from './call-operation.ts'
import type { HttpAnswer, MatrixSender, Sending } from './send.ts'

/** The HTTP status of a refusal, as far as the matrix tells them apart. */
const statuses: Partial<Record<ErrorKind, number>> = {
  invalid_argument: 400,
  unauthenticated: 401,
  permission_denied: 403,
  not_found: 404,
  resource_exhausted: 429,
  internal: 500,
  unavailable: 503,
  unimplemented: 501,
  deadline_exceeded: 504,
}

/** Sends requests as gRPC calls to the ports of the services, with the credentials of an outsider. */
export class GrpcSender implements MatrixSender {
  readonly #transports: ReadonlyMap<string, RemoteTransport>

  /** URLs of the ports by the full name of the service. */
  constructor(urls: ReadonlyMap<string, string>) {
    // Nothing is signed: the calls have no principal. A key of its own would be refused in any case.
    const principals = createPrincipalCodec({ key: 'x'.repeat(32) })
    this.#transports = new Map(
      [...urls].map(([name, baseUrl]) => [
        name,
        createRemoteTransport({ baseUrl, principals, protocol: 'grpc' }),
      ]),
    )
  }

  /** Undefined for what no message can say, such as a version that is no number. */
  async send({ operation, request, names, authorization }: Sending) {
    const message = decoded(() => messageOf(operation, request))
    if (message === undefined) return undefined
    // A route may take the tenant from the caller; a message names it.
    const { method } = operation.route
    const isInPath = operation.variables.includes('tenant')
    if (operation.namesTenant && !isInPath) Object.assign(message, { tenant: names.tenant })
    return await this.answerOf(method.parent.typeName, authorization, (delivery) =>
      callRoute(operation.route, message, delivery),
    )
  }

  /** What a call to a service comes to, in the terms of HTTP. */
  async answerOf(
    service: string,
    authorization: string | undefined,
    call: (delivery: {
      transport: RemoteTransport
      header: Record<string, string>
    }) => Promise<string>,
  ): Promise<HttpAnswer> {
    const transport = this.#transports.get(service)
    if (transport === undefined) throw new Error(`${service} has no port`)
    const header: Record<string, string> = authorization === undefined ? {} : { authorization }
    try {
      return { status: 200, text: await call({ transport, header }) }
    } catch (error) {
      if (!isPurserError(error)) throw error
      const { code, kind, message, fields, details } = error
      const text = JSON.stringify({ code, message, fields, details })
      return { status: statuses[kind] ?? 409, text }
    }
  }

  close(): void {
    for (const transport of this.#transports.values()) transport.close()
  }
}

function decoded<T>(decode: () => T): T | undefined {
  try {
    return decode()
  } catch (error) {
    if (isPurserError(error)) return undefined
    throw error
  }
}
