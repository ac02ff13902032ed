import { CartState } from '@purser/contracts/cart/v1/contents'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addPlan,
  addVariant,
  as,
  asPerson,
  type Bed,
  guestCart,
  outcomes,
  planOf,
  startCart,
  TENANT,
  times,
  variantOf,
} from './cart-harness.ts'

let bed: Bed
let processes: Bed['cart'][]
beforeAll(async () => {
  bed = await startCart()
  processes = [bed.cart, bed.another()]
})
afterAll(() => bed?.close())

const processOf = (index: number) => processes[index % processes.length] ?? bed.cart
const own = (person: string, tenant = TENANT) =>
  bed.cart.getOwnCart({ tenant }, asPerson(person, { tenant }))

/** Units of each variant, and of plans, in a cart. */
const unitsOf = (cart: { items: { variantId: string; planKey: string; quantity: bigint }[] }) =>
  Object.fromEntries(cart.items.map((item) => [item.variantId || item.planKey, item.quantity]))

test('a person has one cart, which the first item makes, and reading does not', async () => {
  const variantId = await addVariant(bed)
  const me = asPerson('usr_one')
  expect(await own('usr_one')).toMatchObject({ cartId: '', version: 0n, items: [] })
  const rows = await bed.adminQuery(`select from cart.cart where user_id = 'usr_one'`)
  expect(rows).toEqual([])
  const noItem = bed.cart.updateOwnItem({ tenant: TENANT, itemId: 'item_x', quantity: 1n }, me)
  await expect(noItem).rejects.toMatchObject({ code: 'resource.not_found' })
  const none = await bed.cart.removeOwnItem({ tenant: TENANT, itemId: 'item_x' }, me)
  expect(none).toMatchObject({ cartId: '' })

  const thing = variantOf(variantId)
  const added = await bed.cart.addOwnItem({ tenant: TENANT, thing, quantity: 2n }, me)
  expect(added).toMatchObject({ currency: 'USD', state: CartState.OPEN, items: [{ quantity: 2n }] })
  const itemId = added.items[0]?.itemId ?? ''
  const set = await bed.cart.updateOwnItem({ tenant: TENANT, itemId, quantity: 5n }, me)
  expect(set).toMatchObject({ cartId: added.cartId, items: [{ quantity: 5n }] })
  const noted = await bed.cart.updateOwnCart({ tenant: TENANT, note: 'Ring twice.' }, me)
  expect(noted).toMatchObject({ note: 'Ring twice.' })
  expect(await own('usr_one')).toEqual(noted)
  const removed = await bed.cart.removeOwnItem({ tenant: TENANT, itemId }, me)
  expect(removed).toMatchObject({ cartId: added.cartId, items: [] })
})

test('a cart is its person’s in its tenant alone; keys and services have none', async () => {
  const thing = variantOf(await addVariant(bed))
  await bed.cart.addOwnItem({ tenant: TENANT, thing }, asPerson('usr_mine'))
  expect((await own('usr_other')).items).toEqual([])
  expect((await own('usr_mine', 'globex')).items).toEqual([])
  const foreign = bed.cart.getOwnCart(
    { tenant: TENANT },
    asPerson('usr_mine', { tenant: 'globex' }),
  )
  await expect(foreign).rejects.toMatchObject({ code: 'resource.not_found' })
  const service = bed.cart.getOwnCart({ tenant: TENANT }, as())
  await expect(service).rejects.toMatchObject({ code: 'resource.not_found' })
})

test('nine adds at once, over two processes, are the exact sum, and one cart', async () => {
  const thing = variantOf(await addVariant(bed))
  const add = (index: number) =>
    processOf(index).addOwnItem(
      { tenant: TENANT, thing, quantity: BigInt(index + 1) },
      asPerson('usr_nine'),
    )
  expect(await outcomes(times(9, add))).toEqual({ done: 9 })
  const cart = await own('usr_nine')
  expect(cart.items).toMatchObject([{ quantity: 45n }])
  expect(cart.version).toBe(10n)
})

test('nine adds at once to a guest’s cart, over two processes, are the exact sum', async () => {
  const guest = await guestCart(bed)
  const [one, two] = [await addVariant(bed), await addVariant(bed)]
  const add = (index: number) =>
    processOf(index).addItem({ ...guest, thing: variantOf(index % 3 === 0 ? one : two) })
  expect(await outcomes(times(9, add))).toEqual({ done: 9 })
  const cart = await bed.cart.getCart(guest)
  expect(unitsOf(cart)).toEqual({ [one]: 3n, [two]: 6n })
  expect(cart.version).toBe(10n)
})

test('an add with a key acts once, however often it is sent', async () => {
  const thing = variantOf(await addVariant(bed))
  const me = asPerson('usr_keyed', { key: 'add-1' })
  const first = await bed.cart.addOwnItem({ tenant: TENANT, thing, quantity: 3n }, me)
  const second = await bed.another().addOwnItem({ tenant: TENANT, thing, quantity: 3n }, me)
  expect(second).toEqual(first)
  expect((await own('usr_keyed')).items).toMatchObject([{ quantity: 3n }])
})

test('a merge moves every unit once, also when it is sent again and again at once', async () => {
  const [both, mine, theirs] = [await addVariant(bed), await addVariant(bed), await addVariant(bed)]
  await addPlan(bed, 'pro')
  const me = asPerson('usr_merge')
  const guest = await guestCart(bed)
  await bed.cart.addOwnItem({ tenant: TENANT, thing: variantOf(both), quantity: 2n }, me)
  await bed.cart.addOwnItem({ tenant: TENANT, thing: variantOf(mine), quantity: 3n }, me)
  await bed.cart.addOwnItem({ tenant: TENANT, thing: planOf('pro') }, me)
  await bed.cart.addItem({ ...guest, thing: variantOf(both), quantity: 5n })
  await bed.cart.addItem({ ...guest, thing: variantOf(theirs), quantity: 7n })
  await bed.cart.addItem({ ...guest, thing: planOf('pro') })
  await bed.cart.updateCart({ ...guest, note: 'From the guest.' })

  const merges = times(8, (index) => processOf(index).mergeCart(guest, me))
  expect(await outcomes(merges)).toEqual({ done: 8 })
  const cart = await bed.cart.mergeCart(guest, me)
  expect(unitsOf(cart)).toEqual({ [both]: 7n, [mine]: 3n, [theirs]: 7n, pro: 1n })
  expect(cart.note).toBe('From the guest.')
  expect(await bed.cart.getCart(guest)).toMatchObject({ state: CartState.MERGED, items: [] })
  const late = bed.cart.addItem({ ...guest, thing: variantOf(both) })
  await expect(late).rejects.toMatchObject({ code: 'cart.not_open' })
  const another = bed.cart.mergeCart(guest, asPerson('usr_thief'))
  await expect(another).rejects.toMatchObject({ code: 'cart.not_open' })
})

test('of two people who merge one cart at once, one has all of it', async () => {
  const variantId = await addVariant(bed)
  const guest = await guestCart(bed)
  await bed.cart.addItem({ ...guest, thing: variantOf(variantId), quantity: 4n })
  const people = ['usr_first', 'usr_second']
  const merge = (index: number) =>
    processOf(index).mergeCart(guest, asPerson(people[index % 2] ?? ''))
  expect(await outcomes(times(2, merge))).toEqual({ done: 1, 'cart.not_open': 1 })
  const units = await Promise.all(people.map(async (person) => unitsOf(await own(person))))
  expect(units.map((each) => each[variantId] ?? 0n).toSorted()).toEqual([0n, 4n])
})

test('adds beside a merge are in it or refused: no unit is lost or doubled', async () => {
  const variantId = await addVariant(bed)
  const guest = await guestCart(bed)
  const me = asPerson('usr_race')
  const thing = variantOf(variantId)
  const calls = times(12, async (index) => {
    if (index === 6) return await processOf(index).mergeCart(guest, me)
    if (index % 2 === 0) return await processOf(index).addOwnItem({ tenant: TENANT, thing }, me)
    return await processOf(index).addItem({ ...guest, thing })
  })
  const settled = await Promise.allSettled(calls)
  const added = settled.filter(({ status }, index) => status === 'fulfilled' && index !== 6)
  await bed.cart.mergeCart(guest, me)
  expect(unitsOf(await own('usr_race'))).toEqual({ [variantId]: BigInt(added.length) })
})

test('an empty own cart takes the currency of the guest’s; a filled one keeps its own', async () => {
  const thing = variantOf(await addVariant(bed))
  const inEuro = await guestCart(bed, { currency: 'EUR' })
  await bed.cart.addItem({ ...inEuro, thing })
  const me = asPerson('usr_euro')
  expect(await bed.cart.mergeCart(inEuro, me)).toMatchObject({ currency: 'EUR' })
  const inDollar = await guestCart(bed)
  await bed.cart.addItem({ ...inDollar, thing })
  const merged = await bed.cart.mergeCart(inDollar, me)
  expect(merged).toMatchObject({
    currency: 'EUR',
    items: [{ quantity: 2n, changes: [], unitPrice: { amountCents: 900n, currency: 'EUR' } }],
  })
})

test('a merge that does not fit changes neither cart', async () => {
  const thing = variantOf(await addVariant(bed))
  const guest = await guestCart(bed)
  const me = asPerson('usr_full')
  await bed.cart.addItem({ ...guest, thing, quantity: 9_000n })
  await bed.cart.addOwnItem({ tenant: TENANT, thing, quantity: 1_000n }, me)
  const merge = bed.cart.mergeCart(guest, me)
  await expect(merge).rejects.toMatchObject({ code: 'cart.quantity_too_large' })
  expect(await bed.cart.getCart(guest)).toMatchObject({ items: [{ quantity: 9_000n }] })
  expect((await own('usr_full')).items).toMatchObject([{ quantity: 1_000n }])
})

test('operators list carts by state, page by page', async () => {
  const guest = await guestCart(bed, { tenant: 'globex' })
  const thing = variantOf(await addVariant(bed, { tenant: 'globex' }))
  await bed.cart.addItem({ ...guest, thing, quantity: 4n })
  await guestCart(bed, { tenant: 'globex' })
  const list = (pageToken = '') =>
    bed.cart.listCarts(
      { tenant: 'globex', state: CartState.OPEN, pageSize: 1, pageToken },
      as('globex'),
    )
  const first = await list()
  const second = await list(first.nextPageToken)
  expect(second).toMatchObject({
    carts: [{ cartId: guest.cartId, itemCount: 1, unitCount: 4n, userId: '' }],
    nextPageToken: '',
  })
  const ordered = { tenant: 'globex', state: CartState.ORDERED }
  expect((await bed.cart.listCarts(ordered, as('globex'))).carts).toEqual([])
})

test('carts of people are exported and erased, and an ordered one forgets who it was', async () => {
  const thing = variantOf(await addVariant(bed))
  const me = asPerson('usr_gone')
  const first = await bed.cart.addOwnItem({ tenant: TENANT, thing }, me)
  await bed.cart.updateOwnCart({ tenant: TENANT, note: 'for Eva' }, me)
  const { cartId } = first
  await bed.cart.closeCart({ tenant: TENANT, cartId, version: 3n, orderId: 'ord_gone' }, as())
  await bed.cart.addOwnItem({ tenant: TENANT, thing, quantity: 2n }, me)
  const people = { tenant: TENANT, userIds: ['usr_gone'] }
  const { records } = await bed.cart.exportPersonalData(people, as())
  expect(records.map(({ kind, json }) => [kind, JSON.parse(json)])).toMatchObject([
    ['carts', { cart_id: cartId, note: 'for Eva', items: [{ quantity: 1 }] }],
    ['carts', { state: 'open', items: [{ quantity: 2 }] }],
  ])
  const erased = await bed.cart.erasePersonalData(people, as())
  expect(erased).toMatchObject({ erasedCount: 2n, kept: [], more: false })
  expect(await bed.cart.erasePersonalData(people, as())).toMatchObject({ erasedCount: 0n })
  const rows = await bed.adminQuery(
    `select cart_id, user_id, note from cart.cart where user_id = 'usr_gone' or cart_id = $1`,
    [cartId],
  )
  expect(rows).toEqual([{ cart_id: cartId, user_id: '', note: '' }])
})
