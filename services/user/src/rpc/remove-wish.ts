import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type RemoveWishRequest,
  type RemoveWishResponse,
  RemoveWishResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { deleteWish } from '../store/wish.ts'
import { requirePerson } from './require-person.ts'

/** Takes a product off the own wishlist. Repeating it changes nothing. */
export function removeWish(ctx: UserContext) {
  return async (
    { productId }: RemoveWishRequest,
    call: HandlerContext,
  ): Promise<RemoveWishResponse> => {
    const person = requirePerson(call)
    await ctx.db.tx(person.tenant, (tx) => deleteWish(tx, person, productId))
    return create(RemoveWishResponseSchema)
  }
}
