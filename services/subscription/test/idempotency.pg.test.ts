import { toBinary } from '@bufbuild/protobuf'
import { PlanSchema } from '@purser/contracts/subscription/v1/subscription'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { flat, startSubscription, type Subscriptions } from './subscription-harness.ts'

let subscription: Subscriptions
beforeAll(async () => {
  subscription = await startSubscription()
  await subscription.createTenant('acme', ['a-1'])
})
afterAll(() => subscription.close())

/** A caller of the tenant whose request brings the key. */
const withKey = (key: string, tenant = 'acme') => ({
  ...subscription.as(tenant),
  headers: { 'idempotency-key': key },
})

const plan = (planKey: string, name = 'Pro') => ({
  tenant: 'acme',
  plan: { planKey, terms: { name, currency: 'USD', prices: [flat()] } },
})

const bytes = (message: Parameters<typeof toBinary<typeof PlanSchema>>[1]) =>
  Buffer.from(toBinary(PlanSchema, message))

test('the same key and request answer the same, byte for byte, and act once', async () => {
  const first = await subscription.client.createPlan(plan('twice'), withKey('k-1'))
  const second = await subscription.client.createPlan(plan('twice'), withKey('k-1'))
  expect(bytes(second)).toEqual(bytes(first))
  const rows = await subscription.adminQuery(
    "select 1 from subscription.plan where tenant_id = 'acme' and plan_key = 'twice'",
    [],
  )
  expect(rows).toHaveLength(1)
})

test('without a key the second is refused, so the reply above came from the store', async () => {
  await subscription.client.createPlan(plan('keyless'), subscription.as('acme'))
  await expect(
    subscription.client.createPlan(plan('keyless'), subscription.as('acme')),
  ).rejects.toMatchObject({ code: 'plan.already_exists' })
})

test('another request with the key is refused and does nothing', async () => {
  await subscription.client.createPlan(plan('first'), withKey('k-2'))
  await expect(
    subscription.client.createPlan(plan('second'), withKey('k-2')),
  ).rejects.toMatchObject({ code: 'request.idempotency_mismatch' })
  await expect(
    subscription.client.getPlan({ tenant: 'acme', planKey: 'second' }, subscription.as('acme')),
  ).rejects.toMatchObject({ code: 'resource.not_found' })
})

test('a refused request keeps nothing: the key may be used again', async () => {
  await expect(subscription.client.createPlan(plan('first'), withKey('k-3'))).rejects.toMatchObject(
    { code: 'plan.already_exists' },
  )
  const made = await subscription.client.createPlan(plan('third'), withKey('k-3'))
  expect(made.planKey).toBe('third')
})

test('twenty at once act once; the others are told to wait or get the same reply', async () => {
  const answers = await Promise.allSettled(
    Array.from({ length: 20 }, () => subscription.client.createPlan(plan('crowd'), withKey('k-4'))),
  )
  const replies = answers.flatMap((answer) =>
    answer.status === 'fulfilled' ? [bytes(answer.value).toString('hex')] : [],
  )
  const codes = answers.flatMap((answer) =>
    answer.status === 'rejected' ? [answer.reason.code] : [],
  )
  expect(replies.length).toBeGreaterThan(0)
  expect(new Set(replies).size).toBe(1)
  expect(new Set(codes)).toEqual(codes.length > 0 ? new Set(['request.in_progress']) : new Set())
})

test.each([
  ['empty', ''],
  ['two words', 'two words'],
  ['too long', 'x'.repeat(256)],
])('a key that is %s is refused', async (_name, key) => {
  const refused = subscription.client.createPlan(plan('never'), withKey(key))
  await expect(refused).rejects.toMatchObject({ code: 'request.invalid' })
})

test('neither the key nor the reply can be read in the database', async () => {
  await subscription.client.createPlan(plan('sealed', 'Visible Name'), withKey('k-secret'))
  const rows = await subscription.adminQuery<{ text: string }>(
    `select encode(key_hash || sealed_reply, 'escape') as text
     from subscription.idempotency_key where tenant_id = 'acme'`,
    [],
  )
  expect(rows.length).toBeGreaterThan(0)
  for (const { text } of rows) expect(text).not.toMatch(/Visible Name|k-secret/)
})

test('replies are forgotten after seven days', async () => {
  await subscription.client.createPlan(plan('old'), withKey('k-5'))
  await subscription.adminQuery(
    "update subscription.idempotency_key set created_at = now() - interval '8 days' where true",
    [],
  )
  await subscription.client.createPlan(plan('newer'), withKey('k-6'))
  await subscription.client.createPlan(plan('newest'), withKey('k-7'))
  const rows = await subscription.adminQuery(
    "select 1 from subscription.idempotency_key where created_at < now() - interval '7 days'",
    [],
  )
  expect(rows).toEqual([])
})
