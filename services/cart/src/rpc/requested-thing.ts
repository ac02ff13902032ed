import type { AddItemRequest, AddOwnItemRequest } from '@purser/contracts/cart/v1/cart'
import type { FillCartLine } from '@purser/contracts/cart/v1/checkout'
import { PurserError } from '@purser/kernel'
import type { Thing } from '../domain/cart.ts'

/** What a request wants to put in. Throws `request.invalid` when it names nothing. */
export function requestedThing(req: AddItemRequest | AddOwnItemRequest | FillCartLine): {
  thing: Thing
  quantity: bigint
} {
  const { case: kind, value: thingId } = req.thing
  if (!thingId) {
    const fields = [{ field: 'variant_id', message: 'is required, or plan_key' }]
    throw new PurserError('request.invalid', 'Say what to put in.', { fields })
  }
  const thing: Thing = { kind: kind === 'planKey' ? 'plan' : 'variant', thingId }
  return { thing, quantity: req.quantity ?? 1n }
}
