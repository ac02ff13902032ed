import {
  LimitScope,
  LimitWindow,
  OutagePolicy,
  Overage,
} from '@purser/contracts/common/v1/entitlement'
import { Aggregation, type FeatureStanding } from '@purser/contracts/metering/v1/metering'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  at,
  counterHomes,
  featuresOf,
  limit,
  type LimitsBed,
  openLimits,
  TENANT,
} from './limits-bed.ts'

describe.each(counterHomes)('with counters in %s', (home) => {
  let bed: LimitsBed

  beforeAll(async () => {
    bed = await openLimits(home)
  })
  afterAll(() => bed.close())

  const calls = (quantity: number, more: object = {}) => ({
    featureKey: 'calls',
    limits: [limit('monthly', quantity, more)],
  })
  const brief = ({ limitKey, limit: units, remaining }: FeatureStanding) => [
    limitKey,
    Number(units),
    Number(remaining),
  ]

  describe('consuming', () => {
    test('admits up to the limit, records it, and refuses what is beyond', async () => {
      await bed.entitle('basic', calls(10))
      const first = await bed.consume('basic', { calls: 4 })
      expect(first.features.map(brief)).toEqual([['monthly', 10, 6]])
      await bed.consume('basic', { calls: 5 })
      await expect(bed.consume('basic', { calls: 2 })).rejects.toMatchObject({
        code: 'metering.limit_exceeded',
        kind: 'resource_exhausted',
        details: { feature_key: 'calls', limit_key: 'monthly', limit: '10', remaining: '1' },
      })
      await bed.consume('basic', { calls: 1 })
      expect(await bed.recorded('basic')).toBe(10n)
      expect(await bed.counted('basic', 'monthly')).toBe(10n)
    })

    test('tells when units come back, and nothing when they never will', async () => {
      await bed.entitle('countdown', calls(5, { window: LimitWindow.ROLLING, windowSeconds: 300 }))
      const { features } = await bed.consume('countdown', { calls: 5 })
      expect(features[0]?.resetTime).toBeDefined()
      const refusal = await bed.consume('countdown', { calls: 1 }).catch((error) => error)
      const seconds = Number(refusal.details.retry_after_seconds)
      expect(seconds).toBeGreaterThan(290)
      expect(seconds).toBeLessThanOrEqual(301)
      const never = await bed.consume('countdown', { calls: 6 }).catch((error) => error)
      expect(never.details).not.toHaveProperty('retry_after_seconds')
    })

    test('tells the rule for outages to who asks for it, in refusals too', async () => {
      await bed.entitle(
        'bold',
        { ...calls(2), onOutage: OutagePolicy.OPEN },
        { featureKey: 'exports', limits: [limit('monthly', 9)] },
      )
      const both = { calls: 1, exports: 1 }
      const told = async (more: object) =>
        (await bed.consume('bold', both, more)).features.map(({ onOutage }) => onOutage)
      expect(await told({})).toEqual([OutagePolicy.UNSPECIFIED, OutagePolicy.UNSPECIFIED])
      expect(await told({ tellOnOutage: true })).toEqual([OutagePolicy.OPEN, OutagePolicy.CLOSED])
      const refused = (units: Record<string, number>, more: object) =>
        bed.consume('bold', units, more).catch((error) => error.details)
      const asked = { tellOnOutage: true }
      expect(await refused(both, asked)).toMatchObject({ feature_key: 'calls', on_outage: 'open' })
      expect(await refused({ exports: 9 }, asked)).toMatchObject({ on_outage: 'closed' })
      expect(await refused(both, {})).not.toHaveProperty('on_outage')
      expect(await refused({ nothing: 1 }, asked)).toEqual({ feature_key: 'nothing' })
    })

    test('refuses a feature that no plan brings, and an unknown account', async () => {
      await bed.entitle('narrow', calls(10))
      for (const accountId of ['narrow', 'nobody']) {
        await expect(bed.consume(accountId, { exports: 1 })).rejects.toMatchObject({
          code: 'metering.feature_not_entitled',
          details: { feature_key: 'exports' },
        })
      }
    })

    test('several features and limits: all or none, a refusal counts nowhere', async () => {
      await bed.entitle(
        'whole',
        { featureKey: 'calls', limits: [limit('small', 3), limit('large', 100)] },
        { featureKey: 'tokens', limits: [limit('tokens', 50)] },
      )
      await bed.consume('whole', { calls: 2, tokens: 10 })
      await expect(bed.consume('whole', { calls: 2, tokens: 10 })).rejects.toMatchObject({
        details: { limit_key: 'small' },
      })
      await expect(bed.consume('whole', { calls: 1, tokens: 41 })).rejects.toMatchObject({
        details: { limit_key: 'tokens' },
      })
      await expect(bed.consume('whole', { calls: 1, images: 1 })).rejects.toThrow()
      const used = ['small', 'large', 'tokens'].map((key) => bed.counted('whole', key))
      expect(await Promise.all(used)).toEqual([2n, 2n, 10n])
      expect(await bed.recorded('whole', 'tokens')).toBe(10n)
    })

    test('a soft limit admits and records beyond; a feature without limits admits all', async () => {
      await bed.entitle(
        'soft',
        { ...calls(5), overage: Overage.ALLOWED },
        { featureKey: 'free', limits: [] },
      )
      const { features } = await bed.consume('soft', { calls: 8, free: 1_000 })
      expect(features.map(brief)).toEqual([
        ['monthly', 5, 0],
        ['', 0, 0],
      ])
      expect(await bed.recorded('soft')).toBe(1_008n)
    })

    test.each([
      [{ calls: 0 }, 'features[0].quantity'],
      [{ calls: -1 }, 'features[0].quantity'],
    ])('refuses the units %o', async (units, field) => {
      await expect(bed.consume('basic', units as Record<string, number>)).rejects.toMatchObject({
        code: 'request.invalid',
        fields: [{ field }],
      })
    })

    test('refuses a feature that stands twice', async () => {
      const features = [...featuresOf({ calls: 1 }), ...featuresOf({ calls: 1 })]
      const twice = { tenant: TENANT, accountId: 'basic', features }
      await expect(bed.client.consumeUsage(twice, bed.as)).rejects.toMatchObject({
        fields: [{ field: 'features[1].feature_key' }],
      })
    })

    test('an account of another tenant is another account', async () => {
      await bed.entitle('shared-name', calls(10))
      const features = featuresOf({ calls: 1 })
      const theirs = { tenant: 'globex', accountId: 'shared-name', features }
      await expect(bed.client.consumeUsage(theirs, bed.as)).rejects.toMatchObject({
        code: 'resource.not_found',
      })
      await expect(bed.client.consumeUsage(theirs, bed.asTenant('globex'))).rejects.toMatchObject({
        code: 'metering.feature_not_entitled',
      })
    })
  })

  describe('an id', () => {
    test('counts once and answers as admitted', async () => {
      await bed.entitle('once', calls(10))
      const use = () => bed.consume('once', { calls: 6 }, { id: 'id-1', properties: { a: '1' } })
      expect((await use()).repeated).toBe(false)
      const again = await use()
      expect(again.repeated).toBe(true)
      expect(again.features.map(brief)).toEqual([['monthly', 10, 4]])
      expect(await bed.recorded('once')).toBe(6n)
    })

    test('with other content is refused', async () => {
      await bed.entitle('other', calls(10), { featureKey: 'tokens', limits: [] })
      await bed.consume('other', { calls: 1, tokens: 2 }, { id: 'id-2' })
      const others = [
        ['other', { calls: 2, tokens: 2 }, {}],
        ['other', { calls: 1 }, {}],
        ['other', { calls: 1, tokens: 2 }, { properties: { a: '1' } }],
        ['once', { calls: 1, tokens: 2 }, {}],
      ] as const
      for (const [accountId, units, more] of others) {
        const attempt = bed.consume(accountId, units, { id: 'id-2', ...more })
        await expect(attempt).rejects.toMatchObject({ code: 'metering.id_of_other_usage' })
      }
      const reordered = await bed.consume('other', { tokens: 2, calls: 1 }, { id: 'id-2' })
      expect(reordered.repeated).toBe(true)
      expect(await bed.recorded('other')).toBe(3n)
    })

    test('of a refused request may be tried again', async () => {
      await bed.entitle('retry', calls(3))
      const use = () => bed.consume('retry', { calls: 5 }, { id: 'id-3' })
      await expect(use()).rejects.toMatchObject({ code: 'metering.limit_exceeded' })
      await bed.entitle('retry', calls(9))
      expect((await use()).repeated).toBe(false)
      expect((await use()).repeated).toBe(true)
    })
  })

  describe('what an account holds', () => {
    test('counts at once: a plan change, a top-up, its end', async () => {
      await bed.entitle('change', calls(2))
      await bed.consume('change', { calls: 2 })
      await expect(bed.consume('change', { calls: 1 })).rejects.toThrow()
      const planKey = await bed.putPlan(calls(4))
      await bed.hold('change', [{ planKey }])
      await bed.consume('change', { calls: 2 })
      const topUp = { featureKey: 'calls', limitKey: 'monthly', quantity: 3n }
      await bed.hold('change', [{ planKey }], [{ topUpId: 'a', ...topUp }])
      const { features } = await bed.consume('change', { calls: 1 })
      expect(features.map(brief)).toEqual([['monthly', 7, 2]])
      const expired = { topUpId: 'a', ...topUp, expireTime: at('2026-01-01T00:00:00Z') }
      await bed.hold('change', [{ planKey }], [expired])
      await expect(bed.consume('change', { calls: 1 })).rejects.toThrow()
      await bed.hold('change', [])
      await expect(bed.consume('change', { calls: 1 })).rejects.toMatchObject({
        code: 'metering.feature_not_entitled',
      })
    })

    test('adds up over subscriptions, seats and burst; soft when one is', async () => {
      const perSeat = await bed.putPlan(calls(10, { scope: LimitScope.SEAT, burst: 5n }))
      const soft = await bed.putPlan({ ...calls(7), overage: Overage.ALLOWED })
      await bed.hold('sum', [{ planKey: perSeat, seats: 3 }, { planKey: perSeat }])
      const { features } = await bed.consume('sum', { calls: 1 })
      expect(features.map(brief)).toEqual([['monthly', 35 + 15, 49]])
      await bed.hold('sum', [{ planKey: perSeat, seats: 3 }, { planKey: soft }])
      expect((await bed.consume('sum', { calls: 60 })).features.map(brief)).toEqual([
        ['monthly', 42, 0],
      ])
    })

    test('a subscription without limits lifts those of another; one that is not running brings none', async () => {
      const bounded = await bed.putPlan(calls(1))
      const free = await bed.putPlan({ featureKey: 'calls', limits: [] })
      await bed.hold('lift', [{ planKey: bounded }, { planKey: free }])
      expect((await bed.consume('lift', { calls: 100 })).features.map(brief)).toEqual([['', 0, 0]])
      const future = { planKey: free, startTime: at('2099-01-01T00:00:00Z') }
      const past = { planKey: free, endTime: at('2026-02-01T00:00:00Z') }
      await bed.hold('lift', [{ planKey: bounded }, future, past])
      await expect(bed.consume('lift', { calls: 2 })).rejects.toMatchObject({
        code: 'metering.limit_exceeded',
      })
    })

    test('an older revision changes nothing', async () => {
      await bed.entitle('revised', calls(9))
      const old = { accountId: 'revised', revision: 1n, holdings: [], topUps: [] }
      const told = await bed.client.setAccountPlans({ tenant: TENANT, accounts: [old] }, bed.as)
      expect(told.appliedCount).toBe(0)
      await bed.consume('revised', { calls: 9 })
    })

    test('plan versions never change, and must be known', async () => {
      const plan = { tenant: TENANT, planKey: 'fixed', version: 1 }
      const entitlements = [{ meterKey: 'requests', ...calls(1) }]
      const put = (content: typeof entitlements) =>
        bed.client.putPlanEntitlements({ ...plan, entitlements: content }, bed.as)
      await put(entitlements)
      await put(entitlements)
      await expect(put([])).rejects.toMatchObject({ code: 'metering.entitlements_differ' })
      await expect(bed.hold('any', [{ planKey: 'fixed', planVersion: 2 }])).rejects.toMatchObject({
        code: 'metering.unknown_plan_version',
      })
    })

    test('an entitlement needs a meter that sums quantities', async () => {
      await bed.createMeter(TENANT, {
        meterKey: 'count',
        aggregation: Aggregation.COUNT,
        eventType: 'c',
      })
      for (const meterKey of ['count', 'missing']) {
        await expect(bed.putPlan({ ...calls(1), meterKey })).rejects.toMatchObject({
          fields: [{ field: 'entitlements[0].meter_key' }],
        })
      }
    })
  })

  describe('raw rows', () => {
    test('merge when nothing tells them apart, and only where every meter sums', async () => {
      const rowsOf = async (accountId: string) => {
        const rows = await bed.adminQuery<{ quantity: string }>(
          'select quantity::text from metering.usage_event where subject = $1',
          [accountId],
        )
        return rows.map((row) => Number(row.quantity))
      }
      await bed.entitle('merge', calls(100))
      await Promise.all(Array.from({ length: 20 }, () => bed.consume('merge', { calls: 1 })))
      const merged = await rowsOf('merge')
      expect(merged.length).toBeLessThan(20)
      expect(merged.reduce((a, b) => a + b)).toBe(20)

      await bed.createMeter(TENANT, { meterKey: 'sums', eventType: 'job' })
      await bed.createMeter(TENANT, {
        meterKey: 'jobs',
        eventType: 'job',
        aggregation: Aggregation.COUNT,
      })
      await bed.entitle('apart', { ...calls(100), meterKey: 'sums' })
      await Promise.all(Array.from({ length: 20 }, () => bed.consume('apart', { calls: 2 })))
      expect(await rowsOf('apart')).toEqual(Array.from({ length: 20 }, () => 2))
    })

    test('carry the type of the meter, the properties and the feature, and count at a watermark', async () => {
      await bed.entitle('rows', calls(100))
      await bed.consume('rows', { calls: 3 }, { id: 'row-1', properties: { model: 'large' } })
      const [row] = await bed.adminQuery(
        `select source, event_id, type, feature_key, quantity::int, properties
         from metering.usage_event where subject = 'rows'`,
      )
      expect(row).toEqual({
        source: 'consume',
        event_id: 'row-1',
        type: 'request',
        feature_key: 'calls',
        quantity: 3,
        properties: { model: 'large' },
      })
      const { watermark } = await bed.client.takeWatermark({ tenant: TENANT }, bed.as)
      const totals = async () => {
        const window = {
          accountId: 'rows',
          startTime: at('2020-01-01T00:00:00Z'),
          endTime: at('2100-01-01T00:00:00Z'),
        }
        const asked = { tenant: TENANT, watermark, meterKeys: ['requests'], windows: [window] }
        return (await bed.client.aggregateUsage(asked, bed.as)).totals.map(({ value }) => value)
      }
      await bed.consume('rows', { calls: 4 })
      expect(await totals()).toEqual(['3'])
    })
  })

  describe('checking', () => {
    test('tells every account and feature by itself and counts nothing', async () => {
      await bed.entitle('look', calls(5), { featureKey: 'tokens', limits: [limit('t', 2)] })
      await bed.consume('look', { calls: 3 })
      const asked = {
        tenant: TENANT,
        accountIds: ['look', 'nobody'],
        features: featuresOf({ calls: 2, tokens: 3 }),
      }
      const told = await bed.client.checkUsage(asked, bed.as)
      expect(told.accounts.map(({ accountId }) => accountId)).toEqual(['look', 'nobody'])
      const [look, nobody] = told.accounts
      expect(look?.features.map((f) => [f.allowed, f.reason, ...brief(f)])).toEqual([
        [true, '', 'monthly', 5, 2],
        [false, 'limit_exceeded', 't', 2, 2],
      ])
      expect(nobody?.features.map(({ reason }) => reason)).toEqual([
        'feature_not_entitled',
        'feature_not_entitled',
      ])
      expect(await bed.counted('look', 'monthly')).toBe(3n)
    })
  })
})
