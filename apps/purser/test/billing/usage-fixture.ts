import type { MessageInitShape } from '@bufbuild/protobuf'
import { Aggregation } from '@purser/contracts/metering/v1/metering'
import type { PriceSchema } from '@purser/contracts/subscription/v1/subscription'
import fc from 'fast-check'

/** A usage event of the tests: of type `call`, with the properties that the meters read. */
export type UsageEvent = {
  id: string
  source: string
  subject: string
  /** RFC 3339. */
  time: string
  quantity: string
  properties: { user: string; level: string; seats: string }
}

type Price = MessageInitShape<typeof PriceSchema>

/** A meter of each aggregation, all of type `call`. */
export const meters = [
  { meterKey: 'calls', aggregation: Aggregation.COUNT, valueProperty: '' },
  { meterKey: 'units', aggregation: Aggregation.SUM, valueProperty: '' },
  { meterKey: 'peak', aggregation: Aggregation.MAX, valueProperty: 'level' },
  { meterKey: 'users', aggregation: Aggregation.UNIQUE_COUNT, valueProperty: 'user' },
  { meterKey: 'seats', aggregation: Aggregation.LATEST, valueProperty: 'seats' },
].map((meter) => ({ ...meter, name: meter.meterKey, eventType: 'call', dimensions: ['user'] }))

/** A price of each model; together they read every meter. Their sums seldom end on whole cents. */
export const everyPrice: Price[] = [
  priceOf('base', { case: 'flat', value: { amount: '19.99' } }, ''),
  priceOf('units', { case: 'perUnit', value: { unitAmount: '0.0375', freeQuantity: '1.5' } }),
  priceOf('calls', {
    case: 'graduated',
    value: {
      tiers: [
        { upTo: '2', unitAmount: '0.255', flatAmount: '0.5' },
        { upTo: '5', unitAmount: '0.1' },
        { upTo: '', unitAmount: '0.033', flatAmount: '1.005' },
      ],
    },
  }),
  priceOf('peak', {
    case: 'volume',
    value: {
      tiers: [
        { upTo: '10', unitAmount: '1.115', flatAmount: '2' },
        { upTo: '', unitAmount: '0.905' },
      ],
    },
  }),
  priceOf('users', {
    case: 'package',
    value: { packageSize: '2', packageAmount: '3.335', freeQuantity: '1' },
  }),
  priceOf('seats', { case: 'perUnit', value: { unitAmount: '7.005' } }),
]

/** A dollar for each unit: amounts can be read off quantities. */
export const unitPrice = priceOf('units', { case: 'perUnit', value: { unitAmount: '1' } })

/** A price of a meter with its key. */
export function priceOf(priceKey: string, model: Price['model'], meterKey = priceKey): Price {
  return {
    priceKey,
    description: `Price of ${priceKey}`,
    meterKey,
    model: model ?? { case: undefined },
  }
}

/** One event; fields may be replaced. */
export function usageEvent(fields: Partial<UsageEvent> & Pick<UsageEvent, 'id'>): UsageEvent {
  return {
    source: 'test',
    subject: 'a-1',
    time: '2026-01-10T00:00:00Z',
    quantity: '1',
    properties: { user: 'ann', level: '1', seats: '1' },
    ...fields,
  }
}

const decimals = fc.constantFrom('0', '0.5', '1', '2.25', '3', '7.000001', '12.125', '100')

/** Events with distinct (source, id) of these accounts at these instants. */
export function usageEvents(options: {
  accountIds: readonly string[]
  times: readonly string[]
  minLength?: number
  maxLength: number
}): fc.Arbitrary<UsageEvent[]> {
  const event = fc.record({
    id: fc.constantFrom('E', 'e', 'ż', '9', '10').chain((id) => fc.nat(20).map((n) => `${id}${n}`)),
    source: fc.constantFrom('api', 'Batch'),
    subject: fc.constantFrom(...options.accountIds),
    time: fc.constantFrom(...options.times),
    quantity: decimals,
    properties: fc.record({
      user: fc.constantFrom('ann', 'bob', 'Bob', '1', '1.0', ''),
      level: decimals,
      seats: decimals,
    }),
  })
  return fc.uniqueArray(event, {
    selector: ({ source, id }) => `${source}/${id}`,
    minLength: options.minLength ?? 0,
    maxLength: options.maxLength,
  })
}
