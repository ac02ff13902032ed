import { z } from 'zod'
import type { Bed } from '../main-job/bed.ts'

const found = z.object({ products: z.array(z.object({ product_id: z.string() })) })
const detail = z.object({ variants: z.array(z.object({ variant_id: z.string() })) })
const cartSchema = z.object({ cart: z.object({ cart_id: z.string() }), cart_token: z.string() })
const locationsSchema = z.object({ locations: z.array(z.object({ location_id: z.string() })) })
const money = z.object({ amount_cents: z.union([z.number(), z.string()]), currency: z.string() })
const quotesSchema = z.object({
  quotes: z.array(z.object({ shipping_quote_id: z.string(), total: money })),
})
const checkoutSchema = z.object({ state: z.literal('done') })

const address = {
  lines: ['1 Main Street'],
  city: 'Springfield',
  region: 'IL',
  postal_code: '62701',
  country: 'US',
}

/** A guest of the demo shop, and its operator. */
export class ShopClient {
  readonly #api: string
  readonly #apiKey: string

  constructor({ url, apiKey }: Bed) {
    this.#api = `${url}/api/v1`
    this.#apiKey = apiKey
  }

  /** First variants of the first products, fewer while the shop is being filled. */
  async findVariants(count: number): Promise<string[]> {
    const page = await this.#call('GET', `/products?page_size=${count}`)
    const { products } = found.parse(page)
    const details = products.map(({ product_id: id }) => this.#call('GET', `/products/${id}`))
    return (await Promise.all(details)).flatMap((one) => {
      const [variant] = detail.parse(one).variants
      return variant === undefined ? [] : [variant.variant_id]
    })
  }

  /** Says how many units there are at the shop's first location. */
  async setStock(variantId: string, quantity: number): Promise<void> {
    const catalog = '/tenants/acme/catalog'
    const { locations } = locationsSchema.parse(await this.#call('GET', `${catalog}/locations`))
    const [location] = locations
    if (location === undefined) throw new Error('the shop has no location')
    const path = `${catalog}/stock/${variantId}/${location.location_id}`
    await this.#call('PUT', path, { on_hand: quantity })
  }

  /** From an empty cart to a paid order. */
  async buyOne(variantId: string): Promise<void> {
    const { cart, cart_token } = cartSchema.parse(
      await this.#call('POST', '/carts', { currency: 'USD' }),
    )
    const opened = { cart_token }
    await this.#call('POST', `/carts/${cart.cart_id}/items`, { ...opened, variant_id: variantId })
    const owned = { cart_id: cart.cart_id, ...opened }
    const { quotes } = quotesSchema.parse(
      await this.#call('POST', '/guest-checkout-quotes', { ...owned, shipping_address: address }),
    )
    const [quote] = quotes
    if (quote === undefined) throw new Error('nobody delivers there')
    const purchase = {
      expected_total: quote.total,
      email: 'ada@example.com',
      recipient: 'Ada Byron',
      shipping_address: address,
      shipping_quote_id: quote.shipping_quote_id,
      payment_method_token: 'tok_success',
    }
    checkoutSchema.parse(await this.#call('POST', '/guest-orders', { ...owned, purchase }))
  }

  async #call(method: string, path: string, body?: object): Promise<unknown> {
    const isOperators = path.startsWith('/tenants/')
    const response = await fetch(this.#api + path, {
      method,
      headers: {
        ...(isOperators ? { authorization: `Bearer ${this.#apiKey}` } : {}),
        ...(body ? { 'content-type': 'application/json' } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
    const text = await response.text()
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`)
    return JSON.parse(text)
  }
}
