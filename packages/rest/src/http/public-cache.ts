import { hash } from 'node:crypto'
import { getOption, hasOption } from '@bufbuild/protobuf'
import { access, idempotent, public_cache } from '@purser/contracts/options'
import { assert } from '@purser/kernel'
import { principalKey } from '@purser/rpc'
import type { RestCall } from './answer.ts'
import type { HttpBinding } from './http-rule.ts'
import type { RouteKind } from './route-kind.ts'

/**
 * Seconds for which an answer of a route may be kept by whoever has it; undefined for routes whose answers are kept
 * by nobody. A contract that would have answers kept which are not the same for everybody fails here.
 */
export function publicCacheOf(binding: HttpBinding, kind: RouteKind): number | undefined {
  const { method, httpMethod } = binding
  if (!hasOption(method, public_cache)) return undefined
  const isPublic = getOption(method, access).rule.case === 'public'
  const isRead = httpMethod === 'GET' && kind === 'unary' && getOption(method, idempotent)
  assert(isPublic && isRead, () => `${method} is no read for everybody: it cannot be kept`)
  const { maxAgeSeconds } = getOption(method, public_cache)
  assert(maxAgeSeconds >= 0, () => `${method} cannot be kept for less than no time`)
  return maxAgeSeconds
}

/**
 * Answers a text that may be kept, with its ETag (RFC 9110, 8.8.3), or 304 to who has it already. What a caller is
 * answered about a tenant that only their credentials name is theirs, and is kept by nobody; without credentials,
 * caches tell such answers apart by `callerHeaders`.
 */
export function answerKept(
  { route, request, reply, options }: RestCall,
  text: string,
  { maxAgeSeconds, callerHeaders }: { maxAgeSeconds: number; callerHeaders: readonly string[] },
): void {
  reply.type('application/json; charset=utf-8')
  if (route.binding.takesCallersTenant) {
    const caller = options.contextValues?.get(principalKey)
    if (caller !== undefined && caller.kind !== 'anonymous') {
      reply.send(text)
      return
    }
    const named = String(reply.getHeader('vary') ?? '')
    reply.header('vary', [...(named === '' ? [] : [named]), ...callerHeaders].join(', '))
  }
  const etag = `"${hash('sha256', text, 'base64url')}"`
  reply.header('etag', etag).header('cache-control', `public, max-age=${maxAgeSeconds}`)
  if (!names(request.headers['if-none-match'], etag)) {
    reply.send(text)
    return
  }
  reply.removeHeader('content-type').code(304).send()
}

/** Whether `If-None-Match` names a tag, by weak comparison (RFC 9110, 13.1.2). */
function names(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch
    .split(',')
    .map((tag) => tag.trim())
    .some((tag) => tag === '*' || tag === etag || tag === `W/${etag}`)
}
