import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addVariant,
  type Bed,
  guestCart,
  outcomes,
  setStock,
  startCart,
  TENANT,
  times,
  variantOf,
} from './cart-harness.ts'

let bed: Bed
beforeAll(async () => {
  bed = await startCart()
})
afterAll(() => bed?.close())

const withKey = (key: string) => ({ headers: { 'idempotency-key': key } })

test('a guest who repeats an add with its key gets the same reply, and adds once', async () => {
  const guest = await guestCart(bed)
  const wanted = { ...guest, thing: variantOf(await addVariant(bed)), quantity: 2n }
  const first = await bed.cart.addItem(wanted, withKey('add-1'))
  expect(await bed.another().addItem(wanted, withKey('add-1'))).toEqual(first)
  const { items } = await bed.cart.addItem(wanted, withKey('add-2'))
  expect(items).toMatchObject([{ quantity: 4n }])
})

test('many of one key at once add once', async () => {
  const guest = await guestCart(bed)
  const wanted = { ...guest, thing: variantOf(await addVariant(bed)) }
  const answers = await outcomes(times(8, () => bed.cart.addItem(wanted, withKey('at-once'))))
  expect(Object.keys(answers).filter((each) => each !== 'done')).toEqual(
    answers['done'] === 8 ? [] : ['request.in_progress'],
  )
  expect((await bed.cart.getCart(guest)).items).toMatchObject([{ quantity: 1n }])
})

test('a key is that of one cart: another request with it is refused, another cart has its own', async () => {
  const [mine, theirs] = [await guestCart(bed), await guestCart(bed)]
  const thing = variantOf(await addVariant(bed))
  await bed.cart.addItem({ ...mine, thing, quantity: 1n }, withKey('shared'))
  const another = bed.cart.addItem({ ...mine, thing, quantity: 5n }, withKey('shared'))
  await expect(another).rejects.toMatchObject({ code: 'request.idempotency_mismatch' })
  const other = await bed.cart.addItem({ ...theirs, thing, quantity: 3n }, withKey('shared'))
  expect(other).toMatchObject({ cartId: theirs.cartId, items: [{ quantity: 3n }] })
})

test('a refusal is not kept: the key works once there is something to add', async () => {
  const guest = await guestCart(bed)
  const variantId = await addVariant(bed, { units: 0 })
  const wanted = { ...guest, thing: variantOf(variantId) }
  const refused = bed.cart.addItem(wanted, withKey('later'))
  await expect(refused).rejects.toMatchObject({ code: 'catalog.out_of_stock' })
  await setStock(bed, variantId, 5)
  expect((await bed.cart.addItem(wanted, withKey('later'))).items).toHaveLength(1)
})

test('a cart that is made again with its key is one cart, whose token is kept nowhere', async () => {
  const key = crypto.randomUUID()
  const wanted = { tenant: TENANT, currency: 'USD' }
  const first = await bed.cart.createCart(wanted, withKey(key))
  expect(await bed.another().createCart(wanted, withKey(key))).toEqual(first)
  const other = await bed.cart.createCart(wanted, withKey(crypto.randomUUID()))
  expect(other.cart?.cartId).not.toBe(first.cart?.cartId)
  const kept = await bed.adminQuery<{ sealed_reply: Buffer; key_hash: Buffer }>(
    `select sealed_reply, key_hash from cart.idempotency_key where principal = 'anonymous:'`,
  )
  expect(kept).toHaveLength(2)
  for (const row of kept) {
    expect(row.sealed_reply.includes(first.cartToken)).toBe(false)
    expect(row.key_hash.includes(key)).toBe(false)
  }
})

test('a key that others may think of makes no cart, since its reply would be theirs', async () => {
  const wanted = { tenant: TENANT, currency: 'USD' }
  const made = bed.cart.createCart(wanted, withKey('cart-1'))
  await expect(made).rejects.toMatchObject({ code: 'request.invalid' })
})
