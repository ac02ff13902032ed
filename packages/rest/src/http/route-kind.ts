import { type DescMessage, getOption, hasOption } from '@bufbuild/protobuf'
import { HttpReplySchema } from '@purser/contracts/common/v1/http_reply'
import { HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import { foreign_http } from '@purser/contracts/options'
import { assert } from '@purser/kernel'
import type { HttpBinding } from './http-rule.ts'

/**
 * How a route talks: `unary` answers once; `stream` answers many messages; `upload` passes its body
 * through undecoded; `download` answers bytes with a media type of their own, `file` piece by piece;
 * `foreign` speaks a protocol of its own.
 */
export type RouteKind = 'unary' | 'stream' | 'upload' | 'download' | 'file' | 'foreign'

/** The kind of a binding. A combination without a mapping is a bug of the contract and throws. */
export function routeKind(binding: HttpBinding): RouteKind {
  const { method, body } = binding
  if (hasOption(method, foreign_http)) return checkedForeign(binding)
  const uploads = typeof body === 'object' && isRaw(body.message)
  const downloads = isRaw(method.output)
  assert(!isReply(method.output), () => `${method}: an HttpReply needs the option foreign_http`)
  switch (method.methodKind) {
    case 'unary':
      assert(!uploads, () => `${method}: an HttpBody is uploaded by a client stream`)
      return downloads ? 'download' : 'unary'
    case 'server_streaming':
      assert(!uploads, () => `${method}: an HttpBody is uploaded by a client stream`)
      return downloads ? 'file' : 'stream'
    case 'client_streaming':
      assert(
        uploads && !downloads,
        () => `${method}: a client stream needs an HttpBody as its body`,
      )
      return 'upload'
    case 'bidi_streaming':
      return assert(false, `${method}: streams in both directions have no mapping`) as never
  }
}

function checkedForeign({ method, body }: HttpBinding): 'foreign' {
  const { contentTypes, queryField } = getOption(method, foreign_http)
  const query = method.input.fields.find(({ name }) => name === queryField)
  const fits =
    method.methodKind === 'unary' &&
    isReply(method.output) &&
    contentTypes.length > 0 &&
    query?.fieldKind === 'scalar' &&
    (body === 'none' || (typeof body === 'object' && isRaw(body.message)))
  assert(
    fits,
    () =>
      `${method}: foreign_http needs a media type, a query field, an HttpBody or no body, HttpReply`,
  )
  return 'foreign'
}

const isRaw = (desc: DescMessage | undefined) => desc?.typeName === HttpBodySchema.typeName
const isReply = (desc: DescMessage | undefined) => desc?.typeName === HttpReplySchema.typeName
