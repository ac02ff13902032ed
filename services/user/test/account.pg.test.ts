import { AccountKind } from '@purser/contracts/user/v1/user'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startUser, type User } from './user-harness.ts'

let user: User

beforeAll(async () => {
  user = await startUser()
  for (const tenant of ['acme', 'batch', 'pages', 'other']) await user.createTenant(tenant)
})
afterAll(() => user.close())

const create = (tenant: string, accountId: string, name = 'Jan') =>
  user.client.createAccount({ tenant, account: { accountId, name } }, user.as(tenant))

const get = (tenant: string, accountId: string) =>
  user.client.getAccount({ tenant, accountId }, user.as(tenant))

describe('one account', () => {
  test('is answered as it was created, an organization unless told', async () => {
    const account = {
      accountId: 'acct-1',
      name: 'Jan Kowalski',
      kind: AccountKind.PERSON,
      email: 'jan@example.com',
      address: { lines: ['Prosta 1', '2nd floor'], city: 'Łódź', region: '', country: 'PL' },
    }
    const created = await user.client.createAccount({ tenant: 'acme', account }, user.as('acme'))
    expect(created).toMatchObject(account)
    expect(await get('acme', 'acct-1')).toEqual(created)
    const plain = await create('acme', 'acct-2')
    expect(plain).toMatchObject({ kind: AccountKind.ORGANIZATION, email: '' })
    expect(plain.address).toBeUndefined()
  })

  test('gets an id when it brings none', async () => {
    const { accountId } = await create('acme', '')
    expect(accountId).toMatch(/^acct_[0-9a-z]{26}$/)
    expect((await get('acme', accountId)).name).toBe('Jan')
  })

  test('publishes its creation once, and a taken id is refused without effect', async () => {
    await create('other', 'taken', 'First')
    await expect(create('other', 'taken', 'Second')).rejects.toMatchObject({
      code: 'account.already_exists',
    })
    expect((await get('other', 'taken')).name).toBe('First')
    const events = await user.events('other')
    expect(events.filter(({ subject }) => subject === 'account.created')).toEqual([
      { subject: 'account.created', payload: { account_id: 'taken', kind: 'organization' } },
    ])
  })

  test('belongs to its tenant alone', async () => {
    await create('acme', 'private')
    await expect(get('other', 'private')).rejects.toMatchObject({ code: 'resource.not_found' })
    await expect(
      user.client.getAccount({ tenant: 'acme', accountId: 'private' }, user.as('other')),
    ).rejects.toMatchObject({ code: 'resource.not_found' })
    expect((await create('other', 'private', 'Theirs')).name).toBe('Theirs')
    expect((await get('acme', 'private')).name).toBe('Jan')
  })

  test('needs a tenant that exists', async () => {
    await expect(create('nobody', 'acct-1')).rejects.toMatchObject({ code: 'resource.not_found' })
  })
})

describe('a batch', () => {
  const accounts = Array.from({ length: 5_000 }, (_, index) => ({
    accountId: `acct-${String(index).padStart(5, '0')}`,
    name: `Customer ${index}`,
    email: `customer-${index}@example.com`,
  }))
  const send = (batch: typeof accounts) =>
    user.client.batchCreateAccounts({ tenant: 'batch', accounts: batch }, user.as('batch'))

  test('of 5,000 is created once, however often and in whatever order it is sent', async () => {
    const answers = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        send(index % 2 === 0 ? accounts : accounts.toReversed()),
      ),
    )
    const created = answers.map((answer) => answer.createdCount)
    expect(created.toSorted((a, b) => b - a)).toEqual([5_000, 0, 0, 0, 0, 0, 0, 0])
    for (const { createdCount, existingCount } of answers) {
      expect(createdCount + existingCount).toBe(5_000)
    }
  })

  test('leaves an existing account as it is and takes an id once', async () => {
    await create('batch', 'b-old', 'Old')
    const { createdCount, existingCount } = await send([
      { accountId: 'b-old', name: 'New', email: '' },
      { accountId: 'b-twice', name: 'A', email: '' },
      { accountId: 'b-twice', name: 'B', email: '' },
    ])
    expect({ createdCount, existingCount }).toEqual({ createdCount: 1, existingCount: 2 })
    expect((await get('batch', 'b-old')).name).toBe('Old')
  })

  test('publishes no event', async () => {
    const before = await user.events('batch')
    await send([{ accountId: 'b-silent', name: 'Silent', email: '' }])
    expect(await user.events('batch')).toEqual(before)
  })

  test('is refused whole when one account is not valid', async () => {
    const bad = [
      { accountId: 'b-good', name: 'Good', email: '' },
      { accountId: 'b-bad', name: 'Bad', email: 'not an address' },
    ]
    await expect(send(bad)).rejects.toMatchObject({
      code: 'request.invalid',
      fields: [{ field: 'accounts[1].email' }],
    })
    await expect(get('batch', 'b-good')).rejects.toMatchObject({ code: 'resource.not_found' })
  })
})

test('pages name every account once, in order of the id', async () => {
  const wanted = ['a', 'b', 'c', 'd', 'e', 'f'].map((id) => ({ accountId: id, name: id }))
  await user.client.batchCreateAccounts({ tenant: 'pages', accounts: wanted }, user.as('pages'))
  const pages: string[][] = []
  let pageToken = ''
  do {
    const request = { tenant: 'pages', pageSize: 2, pageToken }
    const page = await user.client.listAccounts(request, user.as('pages'))
    pages.push(page.accounts.map((account) => account.accountId))
    pageToken = page.nextPageToken
  } while (pageToken !== '')
  expect(pages).toEqual([
    ['a', 'b'],
    ['c', 'd'],
    ['e', 'f'],
  ])
})

test('the missing accounts are named once, in order', async () => {
  await create('acme', 'there')
  const accountIds = ['zz', 'there', 'aa', 'zz']
  const find = (tenant: string) =>
    user.client.findMissingAccounts({ tenant, accountIds }, user.as(tenant))
  expect((await find('acme')).missingAccountIds).toEqual(['aa', 'zz'])
  expect((await find('other')).missingAccountIds).toEqual(['aa', 'there', 'zz'])
})
