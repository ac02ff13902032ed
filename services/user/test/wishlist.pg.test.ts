import type { CallOptions } from '@connectrpc/connect'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { addPerson } from './add-person.ts'
import { startUser, type User } from './user-harness.ts'

let user: User

beforeAll(async () => {
  user = await startUser()
  for (const tenant of ['acme', 'other']) await user.createTenant(tenant)
})
afterAll(() => user.close())

/** Wishes for a product a second after whatever was wished for before it. */
const add = (me: CallOptions, productId: string) => {
  user.present.now = user.present.now.add({ seconds: 1 })
  return user.client.addWish({ productId }, me)
}

const list = async (me: CallOptions) =>
  (await user.client.listWishes({}, me)).wishes.map(({ productId }) => productId)

test('wishes are listed newest first', async () => {
  const me = await addPerson(user, 'acme', 'order')
  for (const productId of ['b', 'a', 'c']) await add(me, productId)
  expect(await list(me)).toEqual(['c', 'a', 'b'])
})

test('a wish keeps its first time, also when wished for by many at once', async () => {
  const me = await addPerson(user, 'acme', 'again')
  const first = await add(me, 'a')
  await add(me, 'b')
  const again = await Promise.all(Array.from({ length: 10 }, () => add(me, 'a')))
  for (const wish of again) expect(wish).toEqual(first)
  expect(await list(me)).toEqual(['b', 'a'])
  const fresh = await Promise.all(Array.from({ length: 10 }, () => add(me, 'new')))
  for (const wish of fresh) expect(wish).toEqual(fresh[0])
  expect(await list(me)).toEqual(['new', 'b', 'a'])
})

test('a wish is removed once and for all', async () => {
  const me = await addPerson(user, 'acme', 'remove')
  await add(me, 'a')
  await add(me, 'b')
  for (let i = 0; i < 2; i++) await user.client.removeWish({ productId: 'a' }, me)
  await user.client.removeWish({ productId: 'never-there' }, me)
  expect(await list(me)).toEqual(['b'])
})

test('500 wishes are the most, rivals included, and one of them can be repeated', async () => {
  const me = await addPerson(user, 'acme', 'full')
  await user.adminQuery(
    `insert into "user".wish (tenant_id, user_id, product_id, created_at)
     select 'acme', 'full', 'p-' || n, '2026-01-01Z' from generate_series(1, 495) as n`,
    [],
  )
  const rivals = await Promise.allSettled(Array.from({ length: 10 }, (_, i) => add(me, `r-${i}`)))
  const refused = rivals.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(refused).toHaveLength(5)
  for (const reason of refused) {
    expect(reason).toMatchObject({ code: 'request.invalid' })
    expect(String(reason.message)).toContain('500 products at most')
  }
  expect(await list(me)).toHaveLength(500)
  expect((await add(me, 'p-1')).productId).toBe('p-1')
  await user.client.removeWish({ productId: 'p-1' }, me)
  await add(me, 'p-1')
  expect(await list(me)).toHaveLength(500)
})

test('a wishlist is its person’s alone', async () => {
  const me = await addPerson(user, 'acme', 'mine')
  await add(me, 'a')
  const strangers = [
    await addPerson(user, 'acme', 'stranger'),
    // The same id in another tenant is another person.
    await addPerson(user, 'other', 'mine'),
  ]
  for (const stranger of strangers) {
    expect(await list(stranger)).toEqual([])
    await user.client.removeWish({ productId: 'a' }, stranger)
    await add(stranger, 'theirs')
  }
  expect(await list(me)).toEqual(['a'])
})

test('wishing needs a person who exists, and a product', async () => {
  const refusals = [
    ['auth.permission_denied', user.as('acme'), 'a'],
    ['resource.not_found', user.asPerson('acme', 'nobody'), 'a'],
    ['request.invalid', user.asPerson('acme', 'nobody'), ''],
  ] as const
  for (const [code, caller, productId] of refusals) {
    await expect(add(caller, productId)).rejects.toMatchObject({ code })
  }
})
