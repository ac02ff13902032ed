import { create, type DescMethodUnary, type Message } from '@bufbuild/protobuf'
import type { CallOptions } from '@connectrpc/connect'
import { type HttpBody, HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import { assert } from '@purser/kernel'
import { answeredHeaders, forwardedHeaders, principalKey, toPurserError } from '@purser/rpc'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { answerJson, setAnswerHeader } from './answer-headers.ts'
import { inBodyTerms } from './body-paths.ts'
import { hasBody, readTextBody, type BodyLimits } from './request-body.ts'
import { requireMediaType } from './media-type.ts'
import { answerKept } from './public-cache.ts'
import type { RestRoute } from './rest-route.ts'

/** What goes along with the call behind a request. */
export type RestCallOptions = Pick<CallOptions, 'headers' | 'contextValues' | 'timeoutMs'> & {
  /** Tenant of a request that leaves it out and whose caller has none. */
  tenant?: string | undefined
}

/** One request on its way to the method of its route. */
export type RestCall = {
  readonly route: RestRoute
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly captures: readonly string[]
  readonly query: string
  /** Aborted when the client leaves. */
  readonly signal: AbortSignal
  readonly options: RestCallOptions
  readonly limits: BodyLimits
}

/** Calls a unary method and answers its response as JSON; kept as the contract says (`answerKept`). */
export async function answerUnary(call: RestCall, callerHeaders: readonly string[]): Promise<void> {
  const response = await callUnary(call)
  const text = JSON.stringify(call.route.encode(response))
  const { maxAgeSeconds } = call.route
  if (maxAgeSeconds !== undefined) return answerKept(call, text, { maxAgeSeconds, callerHeaders })
  answerJson(call.reply, text)
}

/** Calls a unary method and answers the bytes of its HttpBody. */
export async function answerDownload(call: RestCall): Promise<void> {
  const { contentType, data } = (await callUnary(call)) as HttpBody
  call.reply
    .type(contentType || 'application/octet-stream')
    .header('x-content-type-options', 'nosniff')
    .send(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
}

/** The request message of a call whose body is JSON, at once where there is no body. */
export function readRequest(call: RestCall): Message | Promise<Message> {
  const { request, limits } = call
  if (!hasBody(request.headers)) return decode(call, '')
  // Without a media type it can only be JSON; clients that name another one are told.
  const contentType = request.headers['content-type']
  if (contentType !== undefined) requireMediaType(contentType, ['application/json'])
  return readTextBody(request.raw, limits).then((body) => decode(call, body))
}

function decode(call: RestCall, body: string): Message {
  const { route, captures, query } = call
  const message = route.decoder.decode({ captures, query, body })
  if (route.binding.takesCallersTenant) fillTenant(message as Message & { tenant: string }, call)
  return message
}

/** A request without a tenant means the caller's own. */
function fillTenant(message: Message & { tenant: string }, { options }: RestCall): void {
  if (message.tenant !== '') return
  message.tenant = options.contextValues?.get(principalKey).tenant || options.tenant || ''
}

async function callUnary(call: RestCall): Promise<Message> {
  const { route, signal, options } = call
  const { transport } = route
  // Routes of this kind are compiled of unary methods alone.
  const method = route.method as DescMethodUnary
  const read = readRequest(call)
  const message = read instanceof Promise ? await read : read
  const { timeoutMs, headers, contextValues } = options
  try {
    const response = await transport.unary(
      method,
      signal,
      timeoutMs,
      headers,
      message,
      contextValues,
    )
    forwardHeaders(answeredHeaders(response), call.reply)
    return response.message
  } catch (error) {
    throw inBodyTerms(toPurserError(error, signal), route.binding.body)
  }
}

function forwardHeaders(headers: Iterable<[string, string]>, reply: FastifyReply): void {
  for (const [name, value] of headers) {
    if (forwardedHeaders.has(name)) setAnswerHeader(reply, name, value)
  }
}

/** One piece of an upload: a request message with the bytes and, in the first, their media type. */
export function uploadMessage(call: RestCall, contentType: string, data: Uint8Array): Message {
  const { route, captures, query } = call
  const { body } = route.binding
  assert(typeof body === 'object', () => `${route.method} has no body field`)
  const message = route.decoder.decode({ captures, query, body: '' })
  const piece = create(HttpBodySchema, { contentType, data })
  return Object.assign(message, { [body.localName]: piece })
}
