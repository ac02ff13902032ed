import type { HandlerContext } from '@connectrpc/connect'
import { principalOf } from '@purser/rpc'

/** Who makes a call, as the history of a shipment names it. */
export function causeOf(call: HandlerContext): string {
  const { kind, id } = principalOf(call)
  return `${kind}:${id}`
}
