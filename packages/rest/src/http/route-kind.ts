import type { DescMessage } from '@bufbuild/protobuf'
import { HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import { assert } from '@purser/kernel'
import type { HttpBinding } from './http-rule.ts'

/**
 * How a route talks: `unary` answers once; `stream` answers many messages; `upload` passes its body
 * through undecoded; `download` answers bytes with a media type of their own.
 */
export type RouteKind = 'unary' | 'stream' | 'upload' | 'download'

/** The kind of a binding. A combination without a mapping is a bug of the contract and throws. */
export function routeKind({ method, body }: HttpBinding): RouteKind {
  const isRaw = (desc: DescMessage | undefined) => desc?.typeName === HttpBodySchema.typeName
  const uploads = typeof body === 'object' && isRaw(body.message)
  const downloads = isRaw(method.output)
  switch (method.methodKind) {
    case 'unary':
      assert(!uploads, () => `${method}: an HttpBody is uploaded by a client stream`)
      return downloads ? 'download' : 'unary'
    case 'server_streaming':
      assert(!uploads && !downloads, () => `${method}: HttpBody in a server stream has no mapping`)
      return 'stream'
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
