import { newId } from '@purser/kernel'
import type { CartContext } from '../context.ts'
import { type CartItem, MAX_QUANTITY } from '../domain/cart.ts'
import { checkLimits, quantityTooLarge } from '../domain/check-limits.ts'
import { changesOf, type ItemChange, type PricedCart } from '../domain/price-cart.ts'
import { addItem } from '../store/cart-item.ts'
import type { CartSource } from './cart-source.ts'
import { editCart, type Place } from './priced-cart.ts'

/** Units of a thing at the price that somebody saw before. */
export type FillLine = Omit<CartItem, 'itemId'>

/** What became of a line. */
type FilledLine = { isAdded: boolean; changes: readonly ItemChange[] }

/** What keeps a thing out of a cart, as `priceToAdd` refuses it. */
const obstacles: ReadonlySet<ItemChange['kind']> = new Set([
  'not_for_sale',
  'price_missing',
  'out_of_stock',
])

/**
 * Adds units of several things, each at its price of this moment; what cannot be had is left out. Throws
 * what `checkLimits` throws, and then nothing was added.
 */
export async function fillCart(
  ctx: CartContext,
  place: Place,
  source: CartSource,
  lines: readonly FillLine[],
): Promise<{ priced: PricedCart; filled: FilledLine[] }> {
  let filled: FilledLine[] = []
  const priced = await editCart(ctx, place, {
    ...source,
    things: lines,
    work: async (tx, cartId, offers) => {
      const { currency } = offers
      filled = lines.map((line) => {
        const changes = changesOf(line, offers.get(line), currency)
        return { isAdded: !changes.some(({ kind }) => obstacles.has(kind)), changes }
      })
      const added = lines.filter((_, index) => filled[index]?.isAdded)
      for (const line of added) {
        const seenMinor = offers.get(line)?.unitMinor ?? line.seenMinor
        const item = { ...line, itemId: newId('item'), seenMinor, seenCurrency: currency }
        const limit = { item, maxQuantity: MAX_QUANTITY }
        if (!(await addItem(tx, place.tenant, cartId, limit))) throw quantityTooLarge()
      }
      return added.length > 0
    },
    check: ({ items }) => checkLimits(items),
  })
  return { priced, filled }
}
