import { PurserError } from '@purser/kernel'
import { type CartItem, MAX_ITEMS, MAX_PLANS, MAX_QUANTITY } from './cart.ts'

/**
 * Checks what somebody has just put together; it is undone when this throws. Throws
 * `cart.quantity_too_large`, `cart.too_many_items`.
 */
export function checkLimits(items: readonly CartItem[]): void {
  if (items.some(({ quantity }) => quantity > MAX_QUANTITY)) throw quantityTooLarge()
  if (items.length > MAX_ITEMS) throw tooMany(`${MAX_ITEMS} lines`)
  const plans = items.filter(({ kind }) => kind === 'plan')
  if (plans.length > MAX_PLANS) throw tooMany(`${MAX_PLANS} plans`)
}

/** The refusal of units beyond what a line takes. */
export function quantityTooLarge(): PurserError {
  const message = `A line has ${MAX_QUANTITY} units at most.`
  return new PurserError('cart.quantity_too_large', message)
}

function tooMany(limit: string): PurserError {
  return new PurserError('cart.too_many_items', `A cart has ${limit} at most.`)
}
