import { FILE_EVENT_TYPE } from '../usage-file/csv-to-ndjson.ts'

/** What the demo sells: one meter over the events of the usage file, three plans in three currencies. */

/** Month of the usage file. */
export const DEMO_PERIOD = '2026-02'

/** Begin of the subscriptions of the demo. */
export const DEMO_START = '2026-02-01T00:00:00Z'

/** The meter of lines changed. The file is of February 2026, however late the demo runs. */
export const demoMeter = {
  meter_key: 'lines_changed',
  name: 'Lines changed',
  event_type: FILE_EVENT_TYPE,
  aggregation: 'sum',
  dimensions: ['folder', 'extension'],
  unit: 'line',
  event_policy: { max_past_days: 36_500 },
}

/** The plans, one for each third of the accounts. */
export const demoPlans = [
  {
    plan_key: 'starter',
    terms: {
      name: 'Starter',
      currency: 'USD',
      prices: [
        { price_key: 'base', description: 'Base fee', flat: { amount: '9.00' } },
        {
          price_key: 'lines',
          description: 'Lines changed',
          meter_key: demoMeter.meter_key,
          graduated: {
            tiers: [
              { up_to: '100', unit_amount: '0' },
              { up_to: '10000', unit_amount: '0.0125' },
              { unit_amount: '0.0075' },
            ],
          },
        },
      ],
    },
  },
  {
    plan_key: 'team',
    terms: {
      name: 'Team',
      currency: 'EUR',
      prices: [
        { price_key: 'base', description: 'Base fee', flat: { amount: '29.00' } },
        {
          price_key: 'lines',
          description: 'Lines changed, by the hundred',
          meter_key: demoMeter.meter_key,
          package: { package_size: '100', package_amount: '0.95', free_quantity: '500' },
        },
      ],
    },
  },
  {
    plan_key: 'studio',
    terms: {
      name: 'Studio',
      currency: 'JPY',
      prices: [
        {
          price_key: 'lines',
          description: 'Lines changed',
          meter_key: demoMeter.meter_key,
          volume: {
            tiers: [
              { up_to: '1000', unit_amount: '1.2', flat_amount: '500' },
              { up_to: '50000', unit_amount: '0.85', flat_amount: '500' },
              { unit_amount: '0.6', flat_amount: '500' },
            ],
          },
        },
      ],
    },
  },
] as const

/** Plan of an account: a fixed function of its id, so that the demo comes out the same every time. */
export function planOf(accountId: string): string {
  const code = [...accountId].reduce(
    (sum, character) => (sum * 31 + character.charCodeAt(0)) % 1_000_003,
    7,
  )
  return demoPlans[code % demoPlans.length]?.plan_key ?? demoPlans[0].plan_key
}
