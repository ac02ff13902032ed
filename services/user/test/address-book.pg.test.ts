import type { CallOptions } from '@connectrpc/connect'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addPerson } from './add-person.ts'
import { startUser, type User } from './user-harness.ts'

let user: User

beforeAll(async () => {
  user = await startUser()
  for (const tenant of ['acme', 'other']) await user.createTenant(tenant)
})
afterAll(() => user.close())

const prosta = {
  lines: ['Prosta 1', '2nd floor'],
  city: 'Łódź',
  region: '',
  postalCode: '90-001',
  country: 'PL',
}

const saved = (recipient: string, isDefault = false) => ({
  recipient,
  address: prosta,
  phone: '+48 600',
  isDefault,
})

/** Creates an address a second after whatever was created before it. */
const add = (me: CallOptions, recipient: string, isDefault = false) => {
  user.present.now = user.present.now.add({ seconds: 1 })
  return user.client.createAddress({ address: saved(recipient, isDefault) }, me)
}

const list = async (me: CallOptions) => (await user.client.listAddresses({}, me)).addresses

/** Recipients in the order answered, the default one starred. */
const book = async (me: CallOptions) =>
  (await list(me)).map(({ recipient, isDefault }) => (isDefault ? `*${recipient}` : recipient))

test('an address is answered as it was saved, with an id of the platform', async () => {
  const me = await addPerson(user, 'acme', 'as-saved')
  const address = { ...saved('Jan'), addressId: 'my-own' }
  const created = await user.client.createAddress({ address }, me)
  expect(created).toMatchObject({ ...saved('Jan', true) })
  expect(created.addressId).toMatch(/^addr_[0-9a-z]{26}$/)
  expect(await list(me)).toEqual([created])
})

test('an idempotency key is one person’s, and adds one address', async () => {
  const headers = { 'idempotency-key': 'key-1' }
  const people = ['once', 'once-too']
  for (const userId of people) {
    await addPerson(user, 'acme', userId)
    const me = user.asPerson('acme', userId, ['user.self.*'], headers)
    const created = await add(me, userId)
    expect(await add(me, userId)).toEqual(created)
    expect(await list(user.asPerson('acme', userId))).toEqual([created])
  }
})

describe('the default', () => {
  test('is the first address until another one is chosen', async () => {
    const me = await addPerson(user, 'acme', 'default-create')
    await add(me, 'a')
    await add(me, 'b')
    expect(await book(me)).toEqual(['*a', 'b'])
    await add(me, 'c', true)
    expect(await book(me)).toEqual(['*c', 'a', 'b'])
  })

  test('goes to the address that is replaced as the default', async () => {
    const me = await addPerson(user, 'acme', 'default-replace')
    await add(me, 'a')
    const { addressId } = await add(me, 'b')
    const address = saved('b2', true)
    const replaced = await user.client.replaceAddress({ addressId, address }, me)
    expect(replaced).toMatchObject({ ...address, addressId })
    expect(await book(me)).toEqual(['*b2', 'a'])
    expect(await user.client.replaceAddress({ addressId, address }, me)).toEqual(replaced)
  })

  test('stays when it is replaced by one that does not claim it', async () => {
    const me = await addPerson(user, 'acme', 'default-stays')
    const { addressId } = await add(me, 'a')
    await add(me, 'b')
    const replaced = await user.client.replaceAddress({ addressId, address: saved('a2') }, me)
    expect(replaced.isDefault).toBe(true)
    expect(await book(me)).toEqual(['*a2', 'b'])
  })

  test('goes to the oldest that is left when it is removed', async () => {
    const me = await addPerson(user, 'acme', 'default-delete')
    const first = await add(me, 'a')
    await add(me, 'b')
    const third = await add(me, 'c')
    const last = await add(me, 'd', true)
    await user.client.deleteAddress({ addressId: third.addressId }, me)
    expect(await book(me)).toEqual(['*d', 'a', 'b'])
    await user.client.deleteAddress({ addressId: last.addressId }, me)
    expect(await book(me)).toEqual(['*a', 'b'])
    await user.client.deleteAddress({ addressId: first.addressId }, me)
    expect(await book(me)).toEqual(['*b'])
  })

  test('is one, whatever 20 rivals claim at once', async () => {
    const me = await addPerson(user, 'acme', 'default-race')
    const ids: string[] = []
    for (let i = 0; i < 10; i++) ids.push((await add(me, `r${i}`)).addressId)
    await Promise.all(
      [
        ...ids.map((addressId) =>
          user.client.replaceAddress({ addressId, address: saved('replaced', true) }, me),
        ),
        ...ids.slice(0, 5).map(() => add(me, 'created', true)),
        ...ids.slice(0, 5).map(async (addressId) => {
          await user.client.deleteAddress({ addressId }, me)
          await add(me, 'created after', true)
        }),
      ].map((call) => call.catch(onlyNotFound)),
    )
    const addresses = await list(me)
    expect(addresses).toHaveLength(15)
    expect(addresses.filter(({ isDefault }) => isDefault)).toHaveLength(1)
  })
})

/** A rival may replace an address that was removed before. */
function onlyNotFound(error: unknown) {
  expect(error).toMatchObject({ code: 'resource.not_found' })
}

test('the last one goes too, and an unknown one is refused', async () => {
  const me = await addPerson(user, 'acme', 'remove')
  const { addressId } = await add(me, 'a')
  await user.client.deleteAddress({ addressId }, me)
  expect(await list(me)).toEqual([])
  const refusal = { code: 'resource.not_found' }
  await expect(user.client.deleteAddress({ addressId }, me)).rejects.toMatchObject(refusal)
  await expect(
    user.client.replaceAddress({ addressId, address: saved('b', true) }, me),
  ).rejects.toMatchObject(refusal)
})

test('a replacement of an unknown address leaves the default where it is', async () => {
  const me = await addPerson(user, 'acme', 'unknown-default')
  await add(me, 'a')
  const request = { addressId: 'addr_unknown', address: saved('b', true) }
  await expect(user.client.replaceAddress(request, me)).rejects.toThrow()
  expect(await book(me)).toEqual(['*a'])
})

test('50 addresses are the most, rivals included', async () => {
  const me = await addPerson(user, 'acme', 'full')
  for (let i = 0; i < 45; i++) await add(me, `n${i}`)
  const rivals = await Promise.allSettled(Array.from({ length: 10 }, () => add(me, 'rival')))
  const refused = rivals.flatMap((one) => (one.status === 'rejected' ? [one.reason] : []))
  expect(refused).toHaveLength(5)
  for (const reason of refused) {
    expect(reason).toMatchObject({ code: 'request.invalid' })
    expect(String(reason.message)).toContain('50 addresses at most')
  }
  expect(await list(me)).toHaveLength(50)
})

test('an address that is not valid is refused', async () => {
  const me = await addPerson(user, 'acme', 'invalid')
  const refusals = [
    ['address.recipient', saved('')],
    ['address.address', { ...saved('a'), address: undefined }],
    ['address.address.country', { ...saved('a'), address: { ...prosta, country: 'pl' } }],
  ] as const
  for (const [field, { address, ...rest }] of refusals) {
    const request = { address: { ...rest, ...(address ? { address } : {}) } }
    await expect(user.client.createAddress(request, me)).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field }],
    })
  }
  expect(await list(me)).toEqual([])
})

describe('another person', () => {
  test('meets an address like an unknown one, word for word', async () => {
    const me = await addPerson(user, 'acme', 'mine')
    const { addressId } = await add(me, 'mine')
    const before = await list(me)
    const strangers = [
      await addPerson(user, 'acme', 'stranger'),
      // The same id in another tenant is another person.
      await addPerson(user, 'other', 'mine'),
    ]
    for (const stranger of strangers) {
      expect(await list(stranger)).toEqual([])
      const attempts = (id: string) => [
        user.client.replaceAddress({ addressId: id, address: saved('theirs', true) }, stranger),
        user.client.deleteAddress({ addressId: id }, stranger),
      ]
      const unknownId = 'addr_unknown'
      const unknown = await messagesOf(attempts(unknownId))
      const foreign = await messagesOf(attempts(addressId))
      expect(foreign).toEqual(unknown.map((text) => text.replace(unknownId, addressId)))
    }
    expect(await list(me)).toEqual(before)
  })

  test('keeps the own default when somebody else chooses', async () => {
    const me = await addPerson(user, 'acme', 'chooser')
    const them = await addPerson(user, 'acme', 'bystander')
    await add(them, 'theirs')
    await add(me, 'a')
    await add(me, 'b', true)
    expect(await book(them)).toEqual(['*theirs'])
  })

  test('is no program', async () => {
    await expect(user.client.listAddresses({}, user.as('acme'))).rejects.toMatchObject({
      code: 'auth.permission_denied',
    })
  })
})

/** Code and message of each refusal. */
async function messagesOf(calls: readonly Promise<unknown>[]): Promise<string[]> {
  const results = await Promise.allSettled(calls)
  return results.map((result) => {
    expect(result).toMatchObject({ status: 'rejected', reason: { code: 'resource.not_found' } })
    return result.status === 'rejected' ? String(result.reason.message) : ''
  })
}
