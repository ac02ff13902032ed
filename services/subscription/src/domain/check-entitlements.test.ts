import { describe, expect, test } from 'vitest'
import { checkEntitlements } from './check-entitlements.ts'
import { type Entitlement, featureKeysOf, type UsageLimit } from './entitlement.ts'

const limit = (fields: Partial<UsageLimit> = {}): UsageLimit => ({
  limitKey: 'rate',
  quantity: 5n,
  window: 'rolling',
  windowSeconds: 300,
  burst: 0n,
  scope: 'account',
  ...fields,
})

const entitlement = (limits: UsageLimit[] = [limit()], more: Partial<Entitlement> = {}) => ({
  featureKey: 'widgets',
  meterKey: 'widgets',
  limits,
  alertPercents: [80, 100],
  ...more,
})

const fieldsOf = (...entitlements: Entitlement[]) =>
  checkEntitlements(entitlements, 'terms.entitlements').map(({ field }) =>
    field.replace('terms.entitlements', ''),
  )

const most = BigInt(Number.MAX_SAFE_INTEGER)

describe('accepted:', () => {
  test.each<[string, Entitlement]>([
    ['no limit', entitlement([])],
    ['a limit of nothing', entitlement([limit({ quantity: 0n })])],
    ['the most units', entitlement([limit({ quantity: most - 1n, burst: 1n })])],
    ['many limits of one window', entitlement([limit(), limit({ limitKey: 'other' })])],
    ['a day', entitlement([limit({ window: 'day', windowSeconds: 0 })])],
    ['9 billion units a seat', entitlement([limit({ quantity: 9_000_000_000n, scope: 'seat' })])],
    ['no alerts', entitlement([], { alertPercents: [] })],
  ])('%s', (_name, given) => {
    expect(fieldsOf(given)).toEqual([])
  })
})

describe('refused at its place:', () => {
  test.each<[string, Entitlement, string]>([
    ['a length of a day', entitlement([limit({ window: 'day' })]), 'limits[0].window_seconds'],
    [
      'a length of a billing period',
      entitlement([limit(), limit({ limitKey: 'p', window: 'billing_period' })]),
      'limits[1].window_seconds',
    ],
    ['a limit key twice', entitlement([limit(), limit()]), 'limits[1].limit_key'],
    [
      'units that JSON cannot carry',
      entitlement([limit({ quantity: most, burst: 1n })]),
      'limits[0].quantity',
    ],
    [
      'the same for all seats',
      entitlement([limit({ quantity: 10_000_000_000n, scope: 'seat' })]),
      'limits[0].quantity',
    ],
    ['an alert twice', entitlement([], { alertPercents: [80, 90, 80] }), 'alert_percents[2]'],
  ])('%s', (_name, given, field) => {
    expect(fieldsOf(entitlement([], { featureKey: 'first' }), given)).toEqual([`[1].${field}`])
  })

  test('a feature twice', () => {
    expect(fieldsOf(entitlement(), entitlement())).toEqual(['[1].feature_key'])
  })
})

test('features are named once, in order', () => {
  expect(featureKeysOf([{ featureKey: 'b' }, { featureKey: 'a' }, { featureKey: 'b' }])).toEqual([
    'a',
    'b',
  ])
})
