/** A refusal of the API. */
export class Refusal extends Error {
  readonly code: string

  constructor(call: string, status: number, { code, detail }: { code?: string; detail?: string }) {
    super(`${call}: ${status} ${code} ${detail}`)
    this.code = code ?? String(status)
  }
}

/** The parts of answers that are read. */
type Answer = {
  access_token?: string
  cart_id?: string
  cart?: { cart_id: string }
  cart_token?: string
  items?: { quantity: number }[]
  quotes?: { shipping_quote_id: string; total: object }[]
  variants?: { variant_id: string }[]
  state?: string
  order?: { order_id: string }
}

/** Calls the API of tenant `acme`. Throws a Refusal, or what `fetch` throws when nobody answers. */
async function call(
  url: string,
  path: string,
  { method = 'POST', as, body }: { method?: string; as?: string | undefined; body?: object },
): Promise<Answer> {
  const response = await fetch(url + path, {
    method,
    headers: {
      ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const answer = JSON.parse(await response.text())
  if (!response.ok) throw new Refusal(`${method} ${path}`, response.status, answer)
  return answer
}

const TENANT = '/tenants/acme'
const CURRENCY = 'EUR'
const LOCATION = 'proof'

const address = {
  lines: ['1 High Street'],
  city: 'Valletta',
  postal_code: 'VLT 1000',
  country: 'MT',
}

/** Key of a plan that nobody has yet. */
const PLAN = 'proof-care'

/** Makes what the proofs sell beside goods, and a place where goods lie. */
export async function openShop(url: string, key: string): Promise<void> {
  const put = { method: 'PUT', as: key }
  const location = { title: 'Proof' }
  await call(url, `${TENANT}/catalog/locations/${LOCATION}`, { ...put, body: location })
  const prices = [{ price_key: 'base', description: 'Base', flat: { amount: '9' } }]
  const plan = { plan_key: PLAN, terms: { name: 'Care', currency: CURRENCY, prices } }
  await call(url, `${TENANT}/plans`, { as: key, body: plan })
}

let productCount = 0

/** A product of one variant with so many units; answers the variant's id. */
export async function addProduct(url: string, key: string, onHand: number): Promise<string> {
  productCount += 1
  const name = `proof-${productCount}`
  const prices = [{ amount: { amount_cents: 1_000, currency: CURRENCY } }]
  const variants = [{ sku: name, prices, weight_grams: 100 }]
  const input = { slug: name, title: name, status: 'published', variants }
  const made = await call(url, `${TENANT}/catalog/products`, { as: key, body: input })
  const variantId = made.variants?.[0]?.variant_id ?? ''
  const level = `${TENANT}/catalog/stock/${variantId}/${LOCATION}`
  await call(url, level, { method: 'PUT', as: key, body: { on_hand: onHand } })
  return variantId
}

/** What is sent to buy a cart, and where to. */
export type Purchase = { path: string; as: string | undefined; body: object }

/** A guest's empty cart. */
export async function createCart(url: string): Promise<{ cart_id: string; cart_token: string }> {
  const { cart, cart_token = '' } = await call(url, `${TENANT}/carts`, {
    body: { currency: CURRENCY },
  })
  return { cart_id: cart?.cart_id ?? '', cart_token }
}

/** Puts a unit into a guest's cart; answers how many units its lines have then. */
export async function addItem(
  url: string,
  { cart_id, cart_token }: { cart_id: string; cart_token: string },
  variantId: string,
): Promise<number[]> {
  const body = { cart_token, variant_id: variantId, quantity: 1 }
  const { items = [] } = await call(url, `${TENANT}/carts/${cart_id}/items`, { body })
  return items.map(({ quantity }) => Number(quantity))
}

/** A guest who is about to buy a unit. */
export async function guestPurchase(url: string, variantId: string): Promise<Purchase> {
  const cart = await createCart(url)
  await addItem(url, cart, variantId)
  return await purchaseOf(url, { prefix: '/guest-', cart })
}

let shopperCount = 0

/** A new shopper who is about to buy a unit and a plan. */
export async function shopperPurchase(url: string, variantId: string): Promise<Purchase> {
  shopperCount += 1
  const email = `shopper-${process.pid}-${shopperCount}@example.com`
  const person = { tenant: 'acme', email, password: 'correct horse battery', full_name: 'Ann' }
  const { access_token: as } = await call(url, '/auth/register', { body: person })
  await call(url, `${TENANT}/cart/items`, { as, body: { plan_key: PLAN, currency: CURRENCY } })
  const goods = { variant_id: variantId, currency: CURRENCY }
  const { cart_id = '' } = await call(url, `${TENANT}/cart/items`, { as, body: goods })
  return await purchaseOf(url, { prefix: '/', cart: { cart_id }, as })
}

async function purchaseOf(
  url: string,
  { prefix, cart, as }: { prefix: string; cart: object; as?: string | undefined },
): Promise<Purchase> {
  const quoted = { ...cart, shipping_address: address }
  const { quotes = [] } = await call(url, `${TENANT}${prefix}checkout-quotes`, { as, body: quoted })
  const [quote] = quotes
  const purchase = {
    expected_total: quote?.total,
    email: 'ann@example.com',
    recipient: 'Ann Other',
    shipping_address: address,
    shipping_quote_id: quote?.shipping_quote_id,
    payment_method_token: 'tok_success',
  }
  return { path: `${TENANT}${prefix}orders`, as, body: { ...cart, purchase } }
}

/** Buys; answers the order's id. */
export async function place(url: string, { path, as, body }: Purchase): Promise<string> {
  const { state, order } = await call(url, path, { as, body })
  if (state !== 'done') throw new Error(`the checkout is ${state}`)
  return order?.order_id ?? ''
}
