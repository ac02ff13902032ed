import { LimitWindow } from '@purser/contracts/common/v1/entitlement'
import {
  Aggregation,
  HoldingAlignment,
  HoldingInterval,
} from '@purser/contracts/metering/v1/metering'
import { asService, toProtoTimestamp } from '@purser/rpc'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Bed, startBed } from './isolation/bed.ts'

const TENANT = 'acme-limits'
const LONG_AGO = toProtoTimestamp(Temporal.Instant.from('2026-01-01T00:00:00Z'))
const as = asService('test', TENANT)

let bed: Bed
let key = ''

beforeAll(async () => {
  bed = await startBed()
  const { user, metering } = bed.insiders
  const newTenant = { tenant: TENANT, legalName: 'Acme', timeZone: 'UTC' }
  await user.createTenant({ newTenant }, as)
  const permissions = ['metering.usage.consume', 'metering.usage.read']
  const made = await user.createApiKey({ tenant: TENANT, name: 'middleware', permissions }, as)
  key = made.secret
  const meter = {
    meterKey: 'calls',
    name: 'Calls',
    eventType: 'call',
    aggregation: Aggregation.SUM,
  }
  await metering.createMeter({ tenant: TENANT, meter }, as)
  const limits = [
    { limitKey: 'burst', quantity: 3n, window: LimitWindow.ROLLING, windowSeconds: 300 },
  ]
  const plan = { tenant: TENANT, planKey: 'free', version: 1 }
  const entitlements = [{ featureKey: 'api', meterKey: 'calls', limits }]
  await metering.putPlanEntitlements({ ...plan, entitlements }, as)
  const holding = {
    subscriptionId: 'sub-1',
    planKey: 'free',
    planVersion: 1,
    timeZone: 'UTC',
    anchorTime: LONG_AGO,
    startTime: LONG_AGO,
    interval: HoldingInterval.MONTH,
    intervalCount: 1,
    alignment: HoldingAlignment.CALENDAR,
  }
  const accounts = ['ann', 'bob', 'cid'].map((accountId) => ({
    accountId,
    revision: 1n,
    holdings: [holding],
  }))
  await metering.setAccountPlans({ tenant: TENANT, accounts }, as)
})
afterAll(() => bed.close())

async function send(path: string, body: object, authorization = `Bearer ${key}`) {
  const response = await fetch(`${bed.url}/api/v1${path}`, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  // The shape is what the test is about.
  const json = (await response.json()) as Record<string, unknown>
  return { status: response.status, headers: response.headers, json }
}

/** What each of the headers says that tell a limit: older and newer ones speak of the same. */
function told({ headers }: { headers: Headers }) {
  const [, left] = /;r=(\d+)/.exec(headers.get('ratelimit') ?? '') ?? []
  const [, units] = /;q=(\d+)/.exec(headers.get('ratelimit-policy') ?? '') ?? []
  return {
    limits: [units, headers.get('x-ratelimit-limit'), headers.get('ratelimit-limit')],
    left: [left, headers.get('x-ratelimit-remaining'), headers.get('ratelimit-remaining')],
    isResetOne: headers.get('x-ratelimit-reset') === headers.get('ratelimit-reset'),
  }
}

/** The limit of three, and how many units are left of it. */
const three = (left: string) => ({
  limits: ['3', '3', '3'],
  left: [left, left, left],
  isResetOne: true,
})

const one = (accountId: string) => ({ account_id: accountId, features: [{ feature_key: 'api' }] })

describe('a feature with a limit of three', () => {
  test('admits three, tells where the caller stands, and refuses with a countdown', async () => {
    for (const left of ['2', '1', '0']) {
      const { status, headers, json } = await send('/usage/consume', one('ann'))
      expect(status).toBe(200)
      expect(json).toMatchObject({
        repeated: false,
        features: [{ feature_key: 'api', allowed: true, limit: 3, remaining: Number(left) }],
      })
      expect(headers.get('x-ratelimit-limit')).toBe('3')
      expect(headers.get('x-ratelimit-remaining')).toBe(left)
      expect(headers.get('ratelimit')).toMatch(new RegExp(`^"burst";r=${left};t=\\d+$`))
      expect(headers.get('ratelimit-policy')).toBe('"burst";q=3')
      expect(told({ headers })).toEqual(three(left))
    }
    const refused = await send(`/tenants/${TENANT}/usage/consume`, one('ann'))
    expect(refused.status).toBe(429)
    expect(refused.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(refused.json).toMatchObject({
      code: 'metering.limit_exceeded',
      feature_key: 'api',
      limit_key: 'burst',
      limit: '3',
      remaining: '0',
    })
    const wait = Number(refused.headers.get('retry-after'))
    expect(refused.json['retry_after_seconds']).toBe(String(wait))
    expect(wait).toBeGreaterThan(200)
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
    expect(Number(refused.headers.get('x-ratelimit-reset'))).toBeGreaterThan(200)
    expect(told(refused)).toEqual(three('0'))
  })

  test('asks nobody to come again with more units than the limit', async () => {
    const features = [{ feature_key: 'api', quantity: 4 }]
    const refused = await send('/usage/consume', { account_id: 'bob', features })
    expect(refused.status).toBe(429)
    expect(refused.json).toMatchObject({
      code: 'metering.limit_exceeded',
      detail: 'The limit "burst" of "api" is less than the units: they will never fit.',
    })
    expect(refused.json).not.toHaveProperty('retry_after_seconds')
    expect(refused.headers.get('retry-after')).toBeNull()
    expect(told(refused)).toEqual(three('3'))
  })

  test('is checked, reserved, committed and released without naming the tenant', async () => {
    const asked = { account_ids: ['bob'], features: [{ feature_key: 'api', quantity: 4 }] }
    const checked = await send('/usage/check', asked)
    expect(checked.json).toMatchObject({
      accounts: [{ account_id: 'bob', features: [{ allowed: false, remaining: 3 }] }],
    })
    expect(told(checked)).toEqual(three('3'))
    const held = await send('/usage/reserve', {
      account_id: 'bob',
      features: [{ feature_key: 'api', quantity: 2 }],
    })
    expect(held.status).toBe(200)
    expect(told(held)).toEqual(three('1'))
    const { reservation_id } = held.json
    const used = { reservation_id, features: [{ feature_key: 'api', quantity: 1 }] }
    const committed = await send('/usage/commit', used)
    expect(committed.json).toEqual({
      features: [{ feature_key: 'api', reserved: 2, recorded: 1, refused: 0 }],
    })
    expect((await send('/usage/release', { reservation_id })).status).toBe(409)
  })

  test('is lent, and tells what is left beside the lease', async () => {
    const wish = { account_id: 'cid', feature_key: 'api', quantity: 2, lease_id: 'lea-1' }
    const lent = await send(`/tenants/${TENANT}/usage/leases/borrow`, wish)
    expect(lent.json).toMatchObject({ quantity: 1, limit: 3, remaining: 2 })
    expect(told(lent)).toEqual(three('2'))
  })

  test('is not for another tenant, nor for a caller without the permission', async () => {
    const theirs = await send('/usage/consume', { ...one('ann'), tenant: 'another' })
    expect(theirs.status).toBe(404)
    expect((await send('/usage/consume', one('ann'), 'Bearer none')).status).toBe(401)
    const { user } = bed.insiders
    const weak = { tenant: TENANT, name: 'weak', permissions: ['metering.usage.read'] }
    const { secret } = await user.createApiKey(weak, as)
    expect((await send('/usage/consume', one('bob'), `Bearer ${secret}`)).status).toBe(403)
  })
})
