import type { CallOptions } from '@connectrpc/connect'
import { LimitWindow } from '@purser/contracts/common/v1/entitlement'
import { MemberRole } from '@purser/contracts/user/v1/user'
import { PurserError } from '@purser/kernel'
import { anonymous, callValues } from '@purser/rpc'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Billing, startBilling } from '../billing/billing-harness.ts'
import type { Shop } from '../billing/shop.ts'

let billing: Billing
let shop: Shop

beforeAll(async () => {
  billing = await startBilling({ withJobs: true })
  shop = await billing.openShop()
  const limit = { limitKey: 'five', quantity: 5n, window: LimitWindow.ROLLING, windowSeconds: 300 }
  await shop.createPlan('free', [], {
    name: 'Free plan',
    entitlements: [{ featureKey: 'widgets', meterKey: 'units', limits: [limit] }],
  })
})
afterAll(() => billing.close())

const anyone: CallOptions = { contextValues: callValues(anonymous, '') }

async function signUp(email: string, into: { organizationName?: string; invitation?: string }) {
  const { tenant } = shop
  const person = { tenant, email, password: 'correct horse battery', fullName: 'Jo Doe' }
  const { user } = await billing.client.user.register({ ...person, ...into }, anyone)
  const { userId: id = '', accountId = '' } = user ?? {}
  const permissions = ['user.self.*', 'user.members.*']
  const call: CallOptions = {
    contextValues: callValues({ kind: 'user', id, tenant, permissions }, ''),
  }
  return { accountId, call, me: () => billing.client.user.getMe({}, call) }
}

type Person = Awaited<ReturnType<typeof signUp>>

/** What a person is told once exactly these services are missing: a busy machine may be later than the rest is waited for. */
async function toldTo({ me }: Pick<Person, 'me'>, ...missing: string[]) {
  return await waitFor(async () => {
    const told = await me()
    return told.unavailableServices.join() === missing.join() ? told : undefined
  })
}

const away = (method: string) => ({
  method,
  before: () => {
    throw new PurserError('platform.unavailable', 'away')
  },
})

test('members of one organization are told one plan and one quota', async () => {
  const { tenant, as } = shop
  const { client } = billing
  const boss = await signUp('boss@one.test', { organizationName: 'One Ltd' })
  const { accountId } = boss
  const invited = { tenant, accountId, email: 'mate@one.test' }
  const { invitation } = await client.user.inviteMember(invited, boss.call)
  const mate = await signUp('mate@one.test', { invitation })
  const stranger = await signUp('stranger@one.test', {})

  await shop.subscribe(accountId, 'free', '2026-08-01T00:00:00Z')
  const features = [{ featureKey: 'widgets', quantity: 2n }]
  await waitFor(() => client.metering.consumeUsage({ tenant, accountId, features }, as))
  for (const person of [boss, mate]) {
    expect(await toldTo(person)).toMatchObject({
      account: { accountId, name: 'One Ltd' },
      memberCount: 2,
      plans: [{ planKey: 'free', name: 'Free plan' }],
      quotas: [{ featureKey: 'widgets', limitKey: 'five', limit: 5n, remaining: 3n }],
      unavailableServices: [],
    })
  }
  expect((await boss.me()).memberRole).toBe(MemberRole.ADMIN)
  expect((await mate.me()).memberRole).toBe(MemberRole.MEMBER)
  expect(await toldTo(stranger)).toMatchObject({ memberCount: 1, plans: [], quotas: [] })
})

test('who a person is does not wait for a service that is away', async () => {
  const boss = await signUp('boss@two.test', { organizationName: 'Two Ltd' })
  await shop.subscribe(boss.accountId, 'free', '2026-08-01T00:00:00Z')
  const known = { account: { name: 'Two Ltd' }, memberCount: 1 }
  const withoutPlans = () => toldTo(boss, 'subscription')
  expect(await billing.interfere(away('listAccountPlans'), withoutPlans)).toMatchObject({
    ...known,
    plans: [],
  })
  const withoutQuotas = () => toldTo(boss, 'metering')
  expect(await billing.interfere(away('checkUsage'), withoutQuotas)).toMatchObject({
    ...known,
    plans: [{ planKey: 'free' }],
    quotas: [],
  })
})

test('a quota is told once metering knows the plan, and not as one of nothing before', async () => {
  const jo = await signUp('jo@three.test', { organizationName: 'Three Ltd' })
  await billing.interfere(away('setAccountPlans'), async () => {
    await shop.subscribe(jo.accountId, 'free', '2026-08-01T00:00:00Z')
    expect(await toldTo(jo)).toMatchObject({ plans: [{ planKey: 'free' }], quotas: [] })
  })
  const { quotas } = await waitFor(async () => {
    const told = await toldTo(jo)
    return told.quotas.length > 0 ? told : undefined
  })
  expect(quotas).toMatchObject([{ featureKey: 'widgets', limitKey: 'five', limit: 5n }])
}, 90_000)
