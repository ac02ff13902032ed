import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ListWishesRequest,
  type ListWishesResponse,
  ListWishesResponseSchema,
} from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { listWishes as readWishes } from '../store/wish.ts'
import { toProtoWish } from './convert-wish.ts'
import { requirePerson } from './require-person.ts'

/** Lists what the person who is signed in wishes for, newest first. */
export function listWishes(ctx: UserContext) {
  return async (_req: ListWishesRequest, call: HandlerContext): Promise<ListWishesResponse> => {
    const person = requirePerson(call)
    const wishes = await ctx.db.tx(person.tenant, (tx) => readWishes(tx, person), {
      readOnly: true,
    })
    return create(ListWishesResponseSchema, { wishes: wishes.map(toProtoWish) })
  }
}
