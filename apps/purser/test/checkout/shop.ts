import { ProductStatus } from '@purser/contracts/catalog/v1/product'
import type { Checkout } from '@purser/contracts/order/v1/checkout'
import { RateBasis } from '@purser/contracts/shipping/v1/method'
import type { Dimensions } from '@purser/kernel'
import { asService, callValues, type Principal } from '@purser/rpc'
import { expect } from 'vitest'
import type { CheckoutBed } from './checkout-bed.ts'

export const TENANT = 'acme'
export const CURRENCY = 'EUR'
/** What delivery costs, in cents. */
const SHIPPING_CENTS = 500n

export const asTest = asService('test', TENANT)

/** Options of a call by a person of the shop. */
export function asPerson(id: string) {
  const principal: Principal = { kind: 'user', id, tenant: TENANT, permissions: ['*'] }
  return { contextValues: callValues(principal, 'req-1') }
}

/** Somebody's cart: a guest's with its token. */
export type FilledCart = { cartId: string; cartToken: string }

/** Where everything goes. */
export const address = {
  lines: ['1 High Street'],
  city: 'Valletta',
  region: '',
  postalCode: 'VLT 1000',
  country: 'MT',
}

/** A shop of one tenant with one way to deliver. */
export async function openShop({ client }: CheckoutBed): Promise<void> {
  const tenant = TENANT
  await client.user.createTenant(
    { newTenant: { tenant, legalName: 'Acme', timeZone: 'UTC' } },
    asTest,
  )
  await client.catalog.putLocation({ tenant, locationId: 'main', title: 'Main' }, asTest)
  await client.shipping.putZone({ tenant, zoneKey: 'world', title: 'World', areas: [{}] }, asTest)
  const tiers = [{ priceCents: SHIPPING_CENTS }]
  const rates = [{ zoneKey: 'world', currency: CURRENCY, basis: RateBasis.PIECES, tiers }]
  await client.shipping.putMethod({ tenant, methodKey: 'post', title: 'Post', rates }, asTest)
}

let productCount = 0

/** A product of one variant with stock; answers the variant's id. */
export async function addProduct(
  { client }: CheckoutBed,
  {
    onHand,
    priceCents = 1_000n,
    ...variant
  }: {
    onHand: bigint
    priceCents?: bigint
    weightGrams?: number
    requiresShipping?: boolean
    dimensions?: Dimensions
  },
): Promise<string> {
  productCount += 1
  const name = `thing-${productCount}`
  const prices = [{ amount: { amountCents: priceCents, currency: CURRENCY } }]
  const product = await client.catalog.createProduct(
    {
      tenant: TENANT,
      input: {
        slug: name,
        title: name,
        status: ProductStatus.PUBLISHED,
        variants: [{ sku: name, prices, weightGrams: 100, ...variant }],
      },
    },
    asTest,
  )
  const variantId = product.variants[0]?.variantId ?? ''
  const level = { tenant: TENANT, variantId, locationId: 'main', onHand }
  await client.catalog.setStock(level, asTest)
  return variantId
}

/** A guest's cart with a unit, or so many, of each variant, in this order. */
export async function fillCart(
  { client }: CheckoutBed,
  variantIds: readonly string[],
  quantity = 1n,
): Promise<FilledCart> {
  const { cart, cartToken } = await client.cart.createCart({ tenant: TENANT, currency: CURRENCY })
  const cartId = cart?.cartId ?? ''
  for (const value of variantIds) {
    const thing = { case: 'variantId' as const, value }
    await client.cart.addItem({ tenant: TENANT, cartId, cartToken, quantity, thing })
  }
  return { cartId, cartToken }
}

/** What a guest sends to buy a cart, at the total that is shown now. */
export async function purchaseOf({ client }: CheckoutBed, cart: FilledCart, token = 'tok_success') {
  const shippingAddress = address
  const { quotes } = await client.order.quoteGuestCheckout({
    tenant: TENANT,
    ...cart,
    shippingAddress,
  })
  const [quote] = quotes
  expect(quote?.total).toBeDefined()
  return {
    tenant: TENANT,
    ...cart,
    purchase: {
      ...(quote?.total && { expectedTotal: quote.total }),
      email: 'ann@example.com',
      recipient: 'Ann Other',
      shippingAddress,
      shippingQuoteId: quote?.shippingQuoteId ?? '',
      method: { case: 'paymentMethodToken' as const, value: token },
    },
  }
}

/** Buys a guest's cart. */
export async function buy(
  bed: CheckoutBed,
  cart: FilledCart,
  token = 'tok_success',
): Promise<Checkout> {
  return await bed.client.order.placeGuestOrder(await purchaseOf(bed, cart, token))
}

/** Codes of the refusals among outcomes. */
export function refusals(outcomes: readonly PromiseSettledResult<unknown>[]): string[] {
  return outcomes.flatMap((outcome) =>
    outcome.status === 'rejected' ? [String(outcome.reason.code ?? outcome.reason)] : [],
  )
}
