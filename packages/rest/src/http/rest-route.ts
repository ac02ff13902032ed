import type { DescMessage, DescMethod, DescService, Message } from '@bufbuild/protobuf'
import type { Transport } from '@connectrpc/connect'
import { assert } from '@purser/kernel'
import { JsonCodecs } from '../json/json-codec.ts'
import { valueCodecOf } from '../json/field-codec.ts'
import type { JsonValue } from '../json/leaf-codec.ts'
import { readField } from './field-path.ts'
import { type HttpBinding, httpBindings, isPublished } from './http-rule.ts'
import { publicCacheOf } from './public-cache.ts'
import { RequestDecoder } from './request-decoder.ts'
import { type RouteKind, routeKind } from './route-kind.ts'

/** One HTTP route of a method, ready to serve. */
export type RestRoute = {
  readonly kind: RouteKind
  readonly method: DescMethod
  readonly binding: HttpBinding
  readonly transport: Transport
  readonly decoder: RequestDecoder
  /** For how long its answers may be kept; undefined for not at all. */
  readonly maxAgeSeconds: number | undefined
  /** The JSON that answers a response message. */
  encode(response: Message): JsonValue
}

export type RestRouteOptions = {
  services: readonly DescService[]
  /** Reaches the services; a function may name one for each. */
  transport: Transport | ((service: DescService) => Transport)
}

/**
 * Compiles the routes of all published methods, in the order of the contract. Whatever is wrong with a
 * rule (an unknown field, a malformed path, the same route twice, a type without JSON) throws here.
 */
export function createRestRoutes({ services, transport }: RestRouteOptions): RestRoute[] {
  const codecs = new JsonCodecs()
  const routes = services.flatMap((service) => {
    const reach = typeof transport === 'function' ? transport(service) : transport
    return service.methods
      .filter(isPublished)
      .flatMap(httpBindings)
      .map((binding) => compileRoute(binding, reach, codecs))
  })
  refuseDoubles(routes)
  return routes
}

function compileRoute(binding: HttpBinding, transport: Transport, codecs: JsonCodecs): RestRoute {
  const { method, responseField } = binding
  const kind = routeKind(binding)
  const readsJson = kind !== 'upload' && kind !== 'foreign'
  const answersJson = kind !== 'download' && kind !== 'file' && kind !== 'foreign'
  if (readsJson) codecs.prepare(method.input)
  if (answersJson) codecs.prepare(method.output)
  const decoder = new RequestDecoder(binding, codecs)
  const maxAgeSeconds = publicCacheOf(binding, kind)
  const route = { kind, method, binding, transport, decoder, maxAgeSeconds }
  if (!responseField) {
    return { ...route, encode: (response) => codecs.of(method.output).encode(response) }
  }
  const field = valueCodecOf(
    responseField,
    (owner) => () => codecs.of(owner.message as DescMessage),
  )
  return {
    ...route,
    encode(response) {
      const value = readField(responseField, response as unknown as Record<string, unknown>)
      return value === undefined ? null : field.encode(value)
    },
  }
}

function refuseDoubles(routes: readonly RestRoute[]): void {
  const owners = new Map<string, DescMethod>()
  for (const { method, binding } of routes) {
    const { segments, verb } = binding.template
    const key = `${binding.httpMethod} /${segments.join('/')}:${verb}`
    const other = owners.get(key)
    assert(!other, () => `${method} and ${other} have the same route ${key}`)
    owners.set(key, method)
  }
}
