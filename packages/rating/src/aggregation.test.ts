import { Decimal, monthPeriod } from '@purser/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AggregationEvent, aggregate, aggregations } from './aggregation.ts'
import { roundQuantity } from './round-quantity.ts'
import { int } from './rating-fixtures.ts'
import { proratedSum, proratedUniqueCount, weightedSum } from './weighted-aggregation.ts'

const dec = Decimal.parse
const period = monthPeriod('2026-03', 'UTC')

function event(
  value: string | undefined,
  time: string,
  source = 's',
  id = value ?? '',
): AggregationEvent {
  return { time: Temporal.Instant.from(time), source, id, value }
}

const events = [
  event('3', '2026-03-01T00:00:00Z'),
  event('-1.5', '2026-03-02T00:00:00Z'),
  event('3', '2026-03-03T00:00:00Z', 's', 'again'),
  event('hello', '2026-03-04T00:00:00Z'),
  event(undefined, '2026-03-05T00:00:00Z'),
]

describe('aggregate', () => {
  test.each([
    ['count', '5'],
    ['sum', '4.5'],
    ['max', '3'],
    ['unique_count', '3'],
    ['latest', '3'],
  ] as const)('%s', (aggregation, expected) => {
    expect(aggregate(aggregation, events).toString()).toBe(expected)
    expect(aggregate(aggregation, []).toString()).toBe('0')
  })

  test('the highest of negative values is negative', () => {
    const cold = [event('-5', '2026-03-01T00:00:00Z'), event('-2', '2026-03-01T00:00:00Z')]
    expect(aggregate('max', cold).toString()).toBe('-2')
  })

  test('latest settles equal times by source, then id', () => {
    const noon = '2026-03-01T12:00:00Z'
    const tied = [
      event('1', noon, 'b', '1'),
      event('2', noon, 'b', '2'),
      event('3', noon, 'a', '9'),
    ]
    expect(aggregate('latest', tied).toString()).toBe('2')
  })

  test('the order of the events does not matter', () => {
    const drawn = fc.uniqueArray(
      fc.record({
        time: fc.constantFrom(period.start, period.start.add({ hours: 1 })),
        source: fc.constantFrom('a', 'b'),
        id: fc.string({ maxLength: 3 }),
        value: fc.option(fc.constantFrom('1', '-2.5', '10', 'x'), { nil: undefined }),
      }),
      { selector: ({ source, id }) => `${source}/${id}`, maxLength: 12 },
    )
    fc.assert(
      fc.property(drawn, fc.infiniteStream(fc.nat()), (some, ranks) => {
        const ranked = some.map((each) => ({ each, rank: ranks.next().value as number }))
        const shuffled = ranked.sort((a, b) => a.rank - b.rank).map(({ each }) => each)
        for (const aggregation of aggregations) {
          const [one, two] = [aggregate(aggregation, some), aggregate(aggregation, shuffled)]
          expect(one.toString()).toBe(two.toString())
        }
        expect(weightedSum(some, period).average.toString()).toBe(
          weightedSum(shuffled, period).average.toString(),
        )
      }),
    )
  })
})

describe('weighted sum', () => {
  const half = period.start.add({ hours: (31 * 24) / 2 }).toString()

  test('is the average level over time', () => {
    const { average, closingLevel } = weightedSum([event('10', half)], period, int(4))
    expect(average.toString()).toBe('9')
    expect(closingLevel.toString()).toBe('14')
  })

  test('counts earlier events in full and later ones not at all', () => {
    const around = [event('3', '2026-02-01T00:00:00Z'), event('7', '2026-04-01T00:00:00Z')]
    expect(weightedSum(around, period).average.toString()).toBe('3')
    expect(weightedSum(around, period).closingLevel.toString()).toBe('3')
  })
})

describe('prorated quantities', () => {
  test('a change counts from its own day on, rounded up at the fifth decimal', () => {
    expect(
      proratedSum(int(5), [event('31', '2026-03-31T15:00:00Z')], period, 'UTC').toString(),
    ).toBe('6')
    expect(
      proratedSum(int(0), [event('1', '2026-03-31T15:00:00Z')], period, 'UTC').toString(),
    ).toBe('0.03226')
  })

  test('days are those of the time zone', () => {
    const paris = monthPeriod('2026-03', 'Europe/Paris')
    const evening = event('31', '2026-03-30T22:30:00Z') // 31 March in Paris
    expect(proratedSum(int(0), [evening], paris, 'Europe/Paris').toString()).toBe('1')
  })

  test('thirds make a whole: the ceiling sees one exact quotient', () => {
    expect(proratedUniqueCount([2, 2, 2], 3).toString()).toBe('2')
    expect(proratedUniqueCount([31, 21], 31).toString()).toBe('1.67742')
    expect(() => proratedUniqueCount([4], 3)).toThrow('within the period')
  })
})

test.each([
  ['round', '123.456', undefined, '123'],
  ['round', '123.5', 0, '124'],
  ['round', '-123.5', 0, '-124'],
  ['round', '123.456', 2, '123.46'],
  ['ceil', '123.451', 2, '123.46'],
  ['ceil', '121', -1, '130'],
  ['floor', '-0.1', 0, '-1'],
  ['floor', '199', -2, '100'],
] as const)('%s of %s to %s decimals is %s', (by, value, precision, expected) => {
  expect(roundQuantity(dec(value), by, precision).toString()).toBe(expected)
})
