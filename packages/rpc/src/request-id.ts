import type { HandlerContext } from '@connectrpc/connect'
import { newId } from '@purser/kernel'
import { requestIdKey } from './principal.ts'

/** The header that carries a request id, in both directions. */
export const requestIdHeader = 'x-request-id'

const acceptable = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,99}$/

/**
 * The id of the request that this call belongs to: the caller's, an acceptable `x-request-id` of
 * the network (100 characters of letters, digits and `._:-`), otherwise a new one. Made when first
 * asked for, because most calls in process never need it.
 */
export function requestIdOf(context: HandlerContext): string {
  const known = context.values.get(requestIdKey)
  if (known !== '') return known
  const sent = context.requestHeader.get(requestIdHeader)
  const id = sent && acceptable.test(sent) ? sent : newId('req')
  context.values.set(requestIdKey, id)
  return id
}
