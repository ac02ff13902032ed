import type { HandlerContext } from '@connectrpc/connect'
import type { AddWishRequest, Wish } from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import type { UserContext } from '../context.ts'
import { MAX_WISHES } from '../domain/wish.ts'
import { countWishes, findWish, insertWish } from '../store/wish.ts'
import { toProtoWish } from './convert-wish.ts'
import { lockPerson } from './lock-person.ts'
import { requirePerson } from './require-person.ts'

/**
 * Puts a product on the own wishlist. One that is on it keeps its time, on a full list too. Throws
 * `request.invalid` beyond 500 wishes, `resource.not_found` for a person who does not exist.
 */
export function addWish(ctx: UserContext) {
  return async ({ productId }: AddWishRequest, call: HandlerContext): Promise<Wish> => {
    const person = requirePerson(call)
    const wish = await ctx.db.tx(person.tenant, async (tx) => {
      await lockPerson(tx, person)
      const existing = await findWish(tx, person, productId)
      if (existing !== undefined) return existing
      if ((await countWishes(tx, person)) >= MAX_WISHES) throw tooManyWishes()
      const createdAt = ctx.clock.now({ tenantId: person.tenant }).round('microsecond')
      const added = { productId, createdAt }
      await insertWish(tx, person, added)
      return added
    })
    return toProtoWish(wish)
  }
}

function tooManyWishes(): PurserError {
  const message = `A wishlist has ${MAX_WISHES} products at most; remove one first.`
  return new PurserError('request.invalid', message)
}
