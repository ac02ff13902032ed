import { create, type DescMethodUnary, getOption, type Message } from '@bufbuild/protobuf'
import type { HttpReply } from '@purser/contracts/common/v1/http_reply'
import { HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import { foreign_http } from '@purser/contracts/options'
import { assert } from '@purser/kernel'
import type { RestCall } from './answer.ts'
import { mediaType, requireMediaType } from './media-type.ts'
import { bodyChunks, hasBody } from './request-body.ts'

/**
 * Calls a method that reads query and body as they were sent, and answers the status, the bytes and
 * the `Location` of its HttpReply.
 */
export async function answerForeign(call: RestCall): Promise<void> {
  const { route, reply, signal, options } = call
  const method = route.method as DescMethodUnary // Routes of this kind are compiled of these alone.
  const message = await readForeignRequest(call)
  const { timeoutMs, headers, contextValues } = options
  const answer = await route.transport.unary(
    method,
    signal,
    timeoutMs,
    headers,
    message,
    contextValues,
  )
  const { status, data, location } = answer.message as unknown as HttpReply
  assert(status >= 200 && status <= 299, () => `${method} answered the status ${status}`)
  reply.code(status).header('x-content-type-options', 'nosniff')
  if (location !== '') reply.header('location', location)
  if (data.length > 0) reply.type(`${foreignMediaType(call.route)}; charset=utf-8`)
  reply.send(data.length > 0 ? Buffer.from(data.buffer, data.byteOffset, data.byteLength) : '')
}

/** The media type in which a route of the kind `foreign` answers. */
export function foreignMediaType({ method }: RestCall['route']): string {
  const [contentType] = getOption(method, foreign_http).contentTypes
  assert(contentType, () => `${method} names no media type`)
  return contentType
}

/** The request message of such a call. Throws PurserErrors of body and media type. */
async function readForeignRequest(call: RestCall): Promise<Message> {
  const { route, request, captures, query, limits } = call
  const { contentTypes, queryField } = getOption(route.method, foreign_http)
  const message = route.decoder.decode({ captures, query: '', body: '' })
  const field = route.method.input.fields.find(({ name }) => name === queryField)
  assert(field, () => `${route.method} has no field ${queryField}`)
  const { body } = route.binding
  const given = { [field.localName]: query }
  if (typeof body !== 'object') return Object.assign(message, given)
  const contentType = request.headers['content-type']
  const chunks: Buffer[] = []
  if (hasBody(request.headers)) {
    if (contentType !== undefined) requireMediaType(contentType, contentTypes)
    for await (const chunk of bodyChunks(request.raw, limits)) chunks.push(chunk)
  }
  const data = Buffer.concat(chunks)
  const piece = create(HttpBodySchema, { contentType: mediaType(contentType), data })
  return Object.assign(message, given, { [body.localName]: piece })
}
