import type { HandlerContext } from '@connectrpc/connect'
import { hashTexts } from '@purser/idempotency'
import { PurserError } from '@purser/kernel'
import { principalOf } from '@purser/rpc'

/** Whose cart and checkout it is: a person, or whoever has the token of a guest's cart. */
export type Owner = {
  /** Empty for a guest. */
  userId: string
  /** Empty for a person. */
  cartToken: string
  /** SHA-256 that the checkout is found and opened by. */
  hash: Buffer
}

/** The person who calls. Throws `resource.not_found` for whoever is none: keys have nothing of their own. */
export function shopperOf(call: HandlerContext): Owner {
  const { kind, id } = principalOf(call)
  if (kind !== 'user') {
    throw new PurserError('resource.not_found', 'Only people have orders of their own.')
  }
  return { userId: id, cartToken: '', hash: hashTexts(['user', id]) }
}

/** A guest, who is known by the token of the cart alone. */
export function guestOf({ cartToken }: { cartToken: string }): Owner {
  return { userId: '', cartToken, hash: hashTexts(['guest', cartToken]) }
}
