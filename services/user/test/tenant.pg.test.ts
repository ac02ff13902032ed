import { afterAll, beforeAll, expect, test } from 'vitest'
import { startUser, type User } from './user-harness.ts'

let user: User

beforeAll(async () => {
  user = await startUser()
})
afterAll(() => user.close())

test('a tenant is answered as it was created', async () => {
  const address = { lines: ['Prosta 1'], city: 'Warszawa', postalCode: '00-001', country: 'PL' }
  const newTenant = {
    tenant: 'acme',
    legalName: 'Acme sp. z o.o.',
    timeZone: 'Europe/Warsaw',
    address,
    taxNumber: 'PL1234567890',
  }
  const created = await user.client.createTenant({ newTenant }, user.as('acme'))
  expect(created).toMatchObject(newTenant)
  expect(created.createTime?.seconds).toBe(BigInt(user.present.now.epochMilliseconds / 1000))
  expect(await user.client.getTenant({ tenant: 'acme' }, user.as('acme'))).toEqual(created)
  expect(await user.events('acme')).toEqual([
    { subject: 'tenant.created', payload: { tenant: 'acme', time_zone: 'Europe/Warsaw' } },
  ])
})

test('a slug is taken once, also when 10 ask for it at the same time', async () => {
  const answers = await Promise.allSettled(
    Array.from({ length: 10 }, () => user.createTenant('rush')),
  )
  const refused = answers.filter((answer) => answer.status === 'rejected')
  expect(refused.map(({ reason }) => reason.code)).toEqual(Array(9).fill('tenant.already_exists'))
  expect(await user.events('rush')).toHaveLength(1)
})

test('another tenant and no tenant look the same', async () => {
  await user.createTenant('theirs')
  const notFound = { code: 'resource.not_found' }
  await expect(user.client.getTenant({ tenant: 'theirs' }, user.as('acme'))).rejects.toMatchObject(
    notFound,
  )
  await expect(
    user.client.getTenant({ tenant: 'nobody' }, user.as('nobody')),
  ).rejects.toMatchObject(notFound)
})
