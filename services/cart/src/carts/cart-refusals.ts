import { PurserError } from '@purser/kernel'
import type { Cart } from '../domain/cart.ts'

/** The refusal of a cart that is not there, or that the caller has no claim to: both look the same. */
export function unknownCart(): PurserError {
  return new PurserError('resource.not_found', 'There is no such cart.')
}

/** The refusal of a line that is not in the cart. */
export function unknownItem(): PurserError {
  return new PurserError('resource.not_found', 'There is no such line in the cart.')
}

/** The refusal of a cart that is not as the caller saw it. */
export function cartChanged(): PurserError {
  return new PurserError('cart.changed', 'The cart was changed meanwhile; read it again.')
}

/** The refusal of a call between services that says neither token nor person. */
export function nobodysCart(): PurserError {
  const fields = [{ field: 'cart_token', message: 'is required, or user_id' }]
  return new PurserError('request.invalid', 'Say whose cart it is.', { fields })
}

/** Passes an open cart. Throws `cart.not_open`. */
export function requireOpen({ state }: Pick<Cart, 'state'>): void {
  if (state === 'open') return
  const message = `The cart cannot be changed any more: it is ${state}.`
  throw new PurserError('cart.not_open', message, { details: { state } })
}
