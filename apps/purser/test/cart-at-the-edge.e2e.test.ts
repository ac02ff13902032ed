import { temporaryFolder, type TemporaryFolder } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { manifests } from '../src/manifests.ts'
import { loadPlatformConfig } from '../src/platform/config.ts'
import { type Platform, startPlatform } from '../src/platform/platform.ts'

let folder: TemporaryFolder
let platform: Platform
let variants: string[]

beforeAll(async () => {
  folder = await temporaryFolder()
  const ports = manifests.map(({ name }) => [`${name.toUpperCase()}_GRPC_PORT`, '0'])
  const env = {
    ...Object.fromEntries(ports),
    HTTP_PORT: '0',
    DATA_DIR: folder.path,
    LOG_LEVEL: 'error',
    RATE_LIMIT_SENSITIVE_PER_MINUTE: '0',
    RATE_LIMIT_PER_MINUTE: '10000',
  }
  const { config } = loadPlatformConfig({ env, cwd: '/' })
  platform = await startPlatform(config, new AbortController().signal)
  variants = await demoVariants()
})
afterAll(async () => {
  await platform.stop()
  await folder[Symbol.asyncDispose]()
})

type Sent = { body?: object; as?: string; key?: string }

async function send(method: string, path: string, { body, as, key }: Sent = {}) {
  const response = await fetch(`${platform.url}/api/v1${path}`, {
    method,
    headers: {
      ...(as === undefined ? {} : { authorization: `Bearer ${as}` }),
      ...(key === undefined ? {} : { 'idempotency-key': key }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  return { status: response.status, json: JSON.parse(await response.text()) }
}

/** Two variants of the demo shop that lie in stock. */
async function demoVariants(): Promise<string[]> {
  const list = await send('GET', '/tenants/acme/products?page_size=5')
  const found: string[] = []
  for (const { product_id: id } of list.json.products) {
    const product = await send('GET', `/tenants/acme/products/${id}`)
    const [first] = product.json.variants
    if (first.availability === 'in_stock') found.push(first.variant_id)
  }
  return found.slice(0, 2)
}

/** Invites a person with the demo key and takes the invitation up; answers the access token. */
async function signIn(email: string): Promise<string> {
  const as = platform.demoKey ?? ''
  const person = { email, full_name: email, role: 'shopper' }
  const invitation = await send('POST', '/tenants/acme/users', { as, body: person })
  const body = { invitation: invitation.json.invitation, password: 'correct horse battery' }
  const accepted = await send('POST', '/auth/accept-invitation', { body })
  return accepted.json.access_token
}

test('a guest fills a cart without credentials, signs in, and has it all', async () => {
  const carts = '/tenants/acme/carts'
  const made = await send('POST', carts, { body: { currency: 'USD' } })
  expect(made).toMatchObject({ status: 200, json: { cart: { state: 'open', items: [] } } })
  const { cart, cart_token: token } = made.json
  const path = `${carts}/${cart.cart_id}`
  const add = (variantId?: string, quantity = 1) =>
    send('POST', `${path}/items`, {
      body: { cart_token: token, variant_id: variantId, quantity },
    })
  await add(variants[0], 2)
  const added = await add(variants[1])
  expect(added.json).toMatchObject({
    version: 3,
    can_be_ordered: true,
    items: [{ variant_id: variants[0], quantity: 2 }, { variant_id: variants[1] }],
  })
  const item = `${path}/items/${added.json.items[1].item_id}`
  const set = await send('PATCH', item, { body: { cart_token: token, quantity: 4 } })
  expect(set.json.items[1]).toMatchObject({ quantity: 4 })
  const noted = await send('PATCH', path, { body: { cart_token: token, note: 'Ring twice.' } })
  expect(noted.json).toMatchObject({ note: 'Ring twice.', version: 5 })
  const read = await send('GET', `${path}?cart_token=${token}`)
  expect(read.json).toEqual(noted.json)
  expect((await send('DELETE', `${item}?cart_token=${token}`)).json.items).toHaveLength(1)

  const person = await signIn('ann@shop.test')
  const empty = await send('GET', '/tenants/acme/cart', { as: person })
  expect(empty).toMatchObject({ status: 200, json: { state: 'open', items: [] } })
  const own = { as: person, body: { variant_id: variants[0] } }
  await send('POST', '/cart/items', { ...own, key: 'twice' })
  const twice = await send('POST', '/cart/items', { ...own, key: 'twice' })
  expect(twice.json.items).toMatchObject([{ quantity: 1 }])
  const body = { cart_id: cart.cart_id, cart_token: token }
  const merged = await send('POST', '/cart/merge', { as: person, body })
  expect(merged.json).toMatchObject({
    note: 'Ring twice.',
    items: [{ variant_id: variants[0], quantity: 3 }],
  })
  for (const path of ['/tenants/acme/cart', '/cart']) {
    expect((await send('GET', path, { as: person })).json).toEqual(merged.json)
  }
})

test('what guests may not see is not there, and what is no cart is refused', async () => {
  const made = await send('POST', '/tenants/acme/carts', { body: { currency: 'USD' } })
  const { cart_id: cartId } = made.json.cart
  const missing = await send('GET', `/tenants/acme/carts/${cartId}?cart_token=guess`)
  expect(missing).toMatchObject({ status: 404, json: { code: 'resource.not_found' } })
  const bare = await send('GET', `/tenants/acme/carts/${cartId}`)
  expect(bare).toMatchObject({ status: 400, json: { errors: [{ field: 'cart_token' }] } })
  const nowhere = await send('POST', '/tenants/nowhere/carts', { body: { currency: 'USD' } })
  expect(nowhere).toMatchObject({ status: 404 })
  expect(await send('GET', '/tenants/acme/cart')).toMatchObject({ status: 401 })
  expect(await send('GET', '/tenants/acme/coupons')).toMatchObject({ status: 401 })
  const person = await signIn('bob@shop.test')
  expect(await send('GET', '/tenants/acme/carts', { as: person })).toMatchObject({ status: 403 })
})

test('operators make a coupon, and a guest uses it', async () => {
  const as = platform.demoKey ?? ''
  const coupon = { code: 'Welcome', percent: '10', max_redemptions: 5 }
  const made = await send('POST', '/tenants/acme/coupons', { as, body: coupon })
  expect(made.json).toMatchObject({ code: 'WELCOME', percent: '10', is_active: true })
  const guest = await send('POST', '/tenants/acme/carts', { body: { currency: 'USD' } })
  const { cart, cart_token: token } = guest.json
  const path = `/tenants/acme/carts/${cart.cart_id}`
  await send('POST', `${path}/items`, { body: { cart_token: token, variant_id: variants[0] } })
  const used = await send('PATCH', path, { body: { cart_token: token, coupon_code: 'welcome' } })
  const { subtotal, discount } = used.json
  expect(discount.amount_cents).toBe(Math.round(subtotal.amount_cents / 10))
  const end = `/tenants/acme/coupons/${made.json.coupon_id}/deactivate`
  expect((await send('POST', end, { as, body: {} })).json).toMatchObject({ is_active: false })
  const read = await send('GET', `${path}?cart_token=${token}`)
  expect(read.json).toMatchObject({
    coupon: { code: 'WELCOME', obstacle: 'inactive' },
    discount: { amount_cents: 0 },
  })
})

test('a guest’s add is repeated with its key, and happens once', async () => {
  const key = crypto.randomUUID()
  const make = () => send('POST', '/tenants/acme/carts', { key, body: { currency: 'USD' } })
  const made = await make()
  expect(await make()).toEqual(made)
  const { cart, cart_token: token } = made.json
  const body = { cart_token: token, variant_id: variants[0] }
  const add = () => send('POST', `/tenants/acme/carts/${cart.cart_id}/items`, { key: 'k1', body })
  const added = await add()
  expect(added.json.items).toMatchObject([{ quantity: 1 }])
  expect(await add()).toEqual(added)
})

test('what everybody may read of the shop is kept by browsers, and not sent to who has it', async () => {
  const read = (path: string, headers: Record<string, string> = {}) =>
    fetch(`${platform.url}/api/v1${path}`, { headers })
  const list = '/tenants/acme/products?page_size=2'
  const listed = await send('GET', list)
  const id = listed.json.products[0].product_id
  const paths = [list, `/products/${id}`, '/categories', '/tenants/acme/products/search?q=mug']
  for (const path of paths) {
    const first = await read(path)
    expect(first.headers.get('cache-control'), path).toMatch(/^public, max-age=\d+$/)
    const etag = first.headers.get('etag') ?? ''
    const again = await read(path, { 'if-none-match': etag })
    expect(again.status, path).toBe(304)
    expect(await again.text()).toBe('')
    const vary = path.startsWith('/tenants') ? null : 'authorization, x-api-key, x-purser-tenant'
    expect(first.headers.get('vary'), path).toBe(vary)
  }
  const own = await read('/products', { authorization: `Bearer ${platform.demoKey}` })
  expect(own.headers.get('cache-control')).toBe('no-store')
  expect(own.headers.get('etag')).toBeNull()
  const missing = await read('/products/prod_unknown')
  expect(missing.headers.get('cache-control')).toBe('no-store')
})
