import type { CallOptions } from '@connectrpc/connect'
import type { HttpBody } from '@purser/contracts/google/api/httpbody'
import { type Erasure, PrivacyJobState } from '@purser/contracts/user/v1/privacy'
import { anonymous, callValues } from '@purser/rpc'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Billing, startBilling } from '../billing/billing-harness.ts'
import type { Shop } from '../billing/shop.ts'
import { everyPrice, usageEvent } from '../billing/usage-fixture.ts'
import { tablesWith } from './needle-search.ts'

let billing: Billing
let shop: Shop

beforeAll(async () => {
  billing = await startBilling({ withJobs: true })
  shop = await billing.openShop()
  await shop.createPlan('all', everyPrice)
})
afterAll(() => billing.close())

const anyone: CallOptions = { contextValues: callValues(anonymous, '') }
const password = 'correct horse battery'

/** A person whose data is in every service: an account of their own, usage, an invoice, mails. */
async function customer(name: string) {
  const { user, subscription } = billing.client
  const { tenant, as } = shop
  const email = `${name}@private.example`
  const needles = {
    email,
    name: `${name}owska`,
    phone: `+48 ${name.length}00 7001`,
    street: `${name}-Street 17`,
  }
  const answer = await user.register({ tenant, email, password, fullName: needles.name }, anyone)
  const { userId = '', accountId = '' } = answer.user ?? {}
  const permissions = ['user.self.*']
  const self: CallOptions = {
    contextValues: callValues({ kind: 'user', id: userId, tenant, permissions }, ''),
  }
  const place = { lines: [needles.street], city: 'Gdynia', country: 'PL' }
  await user.updateMe({ phone: needles.phone }, self)
  await user.createAddress({ address: { recipient: needles.name, address: place } }, self)
  await user.addWish({ productId: 'goods' }, self)
  await billing.adminQuery(`update "user".account set address = $2 where account_id = $1`, [
    accountId,
    JSON.stringify({ ...place, region: '', postal_code: '' }),
  ])
  const subscriptionId = await shop.subscribe(accountId, 'all', '2026-06-01T00:00:00Z')
  const events = ['1', '2', '3'].map((id) => {
    const event = usageEvent({ id: `${name}-${id}`, subject: accountId, quantity: '2.5' })
    return {
      ...event,
      time: '2026-06-10T00:00:00Z',
      properties: { ...event.properties, note: email },
    }
  })
  await shop.record(events)
  await shop.run('2026-06')
  const cancel = () =>
    subscription.cancelSubscription({ tenant, subscriptionId, endTime: undefined }, as)
  const erase = () => user.createErasure({ tenant, subject: { case: 'userId', value: userId } }, as)
  return { email, needles: Object.values(needles), userId, accountId, self, cancel, erase }
}

async function completed({ erasureId }: Erasure): Promise<Erasure> {
  const { tenant, as } = shop
  return await waitFor(
    async () => {
      const erasure = await billing.client.user.getErasure({ tenant, erasureId }, as)
      return erasure.state === PrivacyJobState.COMPLETED ? erasure : undefined
    },
    { timeoutMs: 30_000 },
  )
}

describe('an erasure', () => {
  test('leaves nothing of the person but the buyer of their invoices', async () => {
    const { tenant, as } = shop
    const eva = await customer('eva')
    const invoices = await shop.invoices()
    const own = invoices.filter(({ accountId }) => accountId === eva.accountId)
    expect(own).toHaveLength(1)
    await waitFor(async () =>
      (await tablesWith(billing, eva.needles)).includes('notification.message'),
    )
    expect(await tablesWith(billing, [eva.email])).toEqual(
      expect.arrayContaining(['"user".account', '"user".tenant_user', 'metering.usage_event']),
    )

    await expect(eva.erase()).rejects.toMatchObject({ code: 'account.in_use' })
    await eva.cancel()
    const erasure = await completed(await eva.erase())

    expect(erasure).toMatchObject({ userIds: [eva.userId], accountIds: [eva.accountId] })
    const steps = erasure.steps.map(({ service, state }) => ({ service, state }))
    const done = { state: PrivacyJobState.COMPLETED }
    expect(steps).toEqual(
      [
        'notification',
        'invoicing',
        'payment',
        'shipping',
        'cart',
        'order',
        'subscription',
        'metering',
        'user',
      ].map((service) => ({ service, ...done })),
    )
    expect(await tablesWith(billing, [eva.email, 'eva@'])).toEqual([])
    expect(await tablesWith(billing, eva.needles)).toEqual(['invoicing.retained_buyer'])

    expect(await shop.invoices()).toEqual(invoices)
    for (const { number } of own) expect(await shop.verify(number)).toMatchObject({ matches: true })
    const login = billing.client.user.login({ tenant, email: eva.email, password }, anyone)
    await expect(login).rejects.toMatchObject({ code: 'auth.invalid_credentials' })
    await expect(
      billing.client.user.enableUser({ tenant, userId: eva.userId }, as),
    ).rejects.toMatchObject({ code: 'user.erased' })
  })

  test('goes on after a failure with the step that was not done', async () => {
    const max = await customer('maximilian')
    await max.cancel()
    let failures = 0
    const loseFirst = () => {
      failures += 1
      if (failures === 3) throw new Error('the answer of the third call was lost')
    }
    const { tenant, as } = shop
    const after = { method: 'erasePersonalData', after: loseFirst }
    const erasure = await billing.interfere(after, async () => {
      const { erasureId } = await max.erase()
      const stopped = await waitFor(async () => {
        const erasure = await billing.client.user.getErasure({ tenant, erasureId }, as)
        return erasure.steps.some(({ failureCode }) => failureCode !== '') ? erasure : undefined
      })
      const states = stopped.steps.map(({ state }) => state === PrivacyJobState.COMPLETED)
      expect(states).toEqual(states.map((_, index) => index < 2))
      return await completed(stopped)
    })
    expect(erasure.steps.map(({ failureCode }) => failureCode)).toEqual(erasure.steps.map(() => ''))
    // Two steps done, the third twice, the others once: no step that was done is repeated.
    expect(failures).toBe(erasure.steps.length)
    expect(await tablesWith(billing, max.needles)).toEqual(['invoicing.retained_buyer'])
  })

  test('asked for again walks again, and finds what came since', async () => {
    const zoe = await customer('zoe')
    await zoe.cancel()
    const first = await completed(await zoe.erase())
    const late = usageEvent({ id: 'zoe-late', subject: zoe.accountId })
    const properties = Object.assign({}, late.properties, { note: zoe.email })
    await shop.record([{ ...late, properties }])
    expect(await tablesWith(billing, [zoe.email])).toEqual(['metering.usage_event'])
    const second = await completed(await zoe.erase())
    expect(second.erasureId).toBe(first.erasureId)
    expect(await tablesWith(billing, [zoe.email])).toEqual([])
  })

  test('lets the e-mail address sign up anew, as somebody else', async () => {
    const { tenant } = shop
    const kim = await customer('kimberly')
    await kim.cancel()
    await completed(await kim.erase())
    const again = { tenant, email: kim.email, password, fullName: 'Somebody' }
    const { user } = await billing.client.user.register(again, anyone)
    expect(user?.userId).not.toBe(kim.userId)
    const refused = billing.client.user.findMissingAccounts(
      { tenant, accountIds: [kim.accountId] },
      shop.as,
    )
    expect(await refused).toMatchObject({ missingAccountIds: [kim.accountId] })
  })
})

test('an export holds what every service knows, for the person alone', async () => {
  const { tenant } = shop
  const ida = await customer('idalia')
  const { user } = billing.client
  await waitFor(async () =>
    (await tablesWith(billing, [ida.email])).includes('notification.message'),
  )
  await user.createMyExport({}, ida.self)
  await waitFor(async () => {
    const { state } = await user.getMyExport({}, ida.self)
    return state === PrivacyJobState.COMPLETED
  })
  const file = await fileOf(user.getMyExportFile({}, ida.self))
  const { documents } = JSON.parse(file)
  expect(Object.keys(documents).sort()).toEqual([
    'invoicing',
    'metering',
    'notification',
    'subscription',
    'user',
  ])
  expect(documents.user.profile).toMatchObject([{ email: ida.email, full_name: 'idaliaowska' }])
  expect(documents.user['saved addresses']).toHaveLength(1)
  expect(documents.user.wishes).toMatchObject([{ product_id: 'goods' }])
  expect(documents.subscription.subscriptions).toMatchObject([{ plan: 'all' }])
  expect(documents.metering['usage summary']).toMatchObject([{ type: 'call', events: 3 }])
  expect(documents.metering['usage events']).toHaveLength(3)
  expect(documents.invoicing.invoices).toHaveLength(1)
  expect(documents.invoicing.invoices[0].lines.length).toBeGreaterThan(0)
  expect(documents.notification.messages[0]).toMatchObject({ recipient_email: ida.email })
  const text = JSON.stringify(documents)
  for (const other of ['eva', 'maximilian', 'zoe']) expect(text).not.toContain(`${other}@`)
  expect(text).not.toMatch(/password_hash|secret_hash|argon2/)
  const { exportId } = await user.getMyExport({}, ida.self)
  expect(await fileOf(user.getPrivacyExportFile({ tenant, exportId }, shop.as))).toBe(file)
})

async function fileOf(pieces: AsyncIterable<HttpBody>): Promise<string> {
  return Buffer.concat(await Array.fromAsync(pieces, ({ data }) => data)).toString()
}
