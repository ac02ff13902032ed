import { randomUUIDv7 } from 'node:crypto'
import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { feature, startSubscription, type Subscriptions } from './subscription-harness.ts'

let services: Subscriptions
let stopWorker: () => Promise<void>
beforeAll(async () => {
  services = await startSubscription()
  stopWorker = await services.startWorker()
})
afterAll(async () => {
  await stopWorker()
  await services.close()
})

/** Hands over what user tells when somebody has signed up. */
async function tellRegistered(tenantId: string, accountId: string): Promise<void> {
  const [listener] = services.bus.subscribersOf('user.registered')
  const event = {
    eventId: randomUUIDv7(),
    tenantId,
    subject: 'user.registered',
    occurredAt: services.present.now,
    payload: { user_id: 'usr_1', account_id: accountId },
  }
  await listener?.database.tx(tenantId, (tx) => listener.handle(tx, event))
}

/** Until the jobs of what was told so far are done. */
async function settled(): Promise<void> {
  await waitFor(async () => {
    const [row] = await services.adminQuery<{ waiting: string }>(
      `select count(*) as waiting from subscription_jobs._private_jobs as j
       join subscription_jobs._private_tasks as t on t.id = j.task_id
       where t.identifier = 'subscribe-newcomer'`,
    )
    return row?.waiting === '0'
  })
}

const plansOf = async (tenant: string, accountId: string) =>
  (await services.list(tenant, accountId)).map(({ planKey, status }) => [planKey, status])

test('who signs up is on the plan free, once, and metering knows', async () => {
  await services.createTenant('acme', ['ann'])
  await services.createPlan('acme', 'free', [], { entitlements: [feature()] })
  await tellRegistered('acme', 'ann')
  await tellRegistered('acme', 'ann')
  await settled()
  const [only, ...others] = await services.list('acme', 'ann')
  expect(only).toMatchObject({ planKey: 'free' })
  expect(others).toEqual([])
  expect(await services.events('acme')).toContainEqual(
    expect.objectContaining({ subject: 'subscription.activated' }),
  )
  await waitFor(async () => (await services.revisions('acme', 'ann')).known === 1)
})

test('an account with a plan keeps it; a tenant without such a plan has none for newcomers', async () => {
  await services.createTenant('globex', ['bob', 'cy'])
  await tellRegistered('globex', 'bob')
  await settled()
  expect(await plansOf('globex', 'bob')).toEqual([])

  await services.createPlan('globex', 'pro')
  await services.createPlan('globex', 'free')
  await services.subscribe('globex', { accountId: 'bob', planKey: 'pro' })
  const { subscriptionId } = await services.subscribe('globex', { accountId: 'cy', planKey: 'pro' })
  await services.cancel('globex', subscriptionId)
  await tellRegistered('globex', 'bob')
  await tellRegistered('globex', 'cy')
  await settled()
  expect((await plansOf('globex', 'bob')).map(([key]) => key)).toEqual(['pro'])
  expect((await plansOf('globex', 'cy')).map(([key]) => key)).toEqual(['pro'])
})
