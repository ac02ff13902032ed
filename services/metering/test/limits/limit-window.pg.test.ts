import { type BillingAnchor, billingPeriod } from '@purser/kernel'
import { statement } from '@purser/postgres'
import { createTestDatabase, type TestDatabase } from '@purser/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { meteringManifest } from '../../src/index.ts'

let database: TestDatabase

beforeAll(async () => {
  database = await createTestDatabase('metering', meteringManifest.migrationsDir.pathname)
})
afterAll(() => database.close())

type Window = { start_at: Temporal.Instant; end_at: Temporal.Instant }

const windowsStatement = statement(
  'test.limit_windows',
  `select w.start_at, w.end_at
   from unnest($1::text[], $2::timestamptz[]) with ordinality as asked (spec, at, place)
   cross join lateral limit_window(asked.spec, asked.at) as w
   order by asked.place`,
)

async function windowsOf(questions: { spec: string; at: Temporal.Instant }[]): Promise<Window[]> {
  return await database.database.tx('acme', (tx) =>
    tx.query<Window>(windowsStatement, [
      questions.map(({ spec }) => spec),
      questions.map(({ at }) => at.toString()),
    ]),
  )
}

const windowOf = async (spec: string, at: string) => {
  const [window] = await windowsOf([{ spec, at: Temporal.Instant.from(at) }])
  return [window?.start_at.toString(), window?.end_at.toString()]
}

const zones = ['UTC', 'Europe/Warsaw', 'America/New_York', 'America/Havana', 'Australia/Lord_Howe']
const instants = fc
  .integer({ min: Date.UTC(2015, 0, 1), max: Date.UTC(2035, 0, 1) })
  .map((ms) => Temporal.Instant.fromEpochMilliseconds(ms))
const anchors: fc.Arbitrary<BillingAnchor> = fc.record({
  start: instants,
  timeZone: fc.constantFrom(...zones),
  interval: fc.constantFrom('month', 'year'),
  intervalCount: fc.constantFrom(1, 2, 3, 5, 6, 12),
  alignment: fc.constantFrom('calendar', 'anniversary'),
})

function specOf(anchor: BillingAnchor): string {
  const months = anchor.intervalCount * (anchor.interval === 'year' ? 12 : 1)
  const micros = anchor.start.epochNanoseconds / 1_000n
  return `billing_period ${months} ${anchor.alignment} ${micros} ${anchor.timeZone}`
}

describe('a billing period in SQL', () => {
  test('is the period of the kernel, from its first instant to its last', async () => {
    const cases = fc.tuple(anchors, fc.nat({ max: 40 }), fc.double({ min: 0, max: 1, noNaN: true }))
    await fc.assert(
      fc.asyncProperty(fc.array(cases, { minLength: 50, maxLength: 50 }), async (batch) => {
        const expected = batch.flatMap(([anchor, index, share]) => {
          const { start, end } = billingPeriod(anchor, index)
          const lengthMs = end.epochMilliseconds - start.epochMilliseconds
          const inside = start.add({ milliseconds: Math.floor((lengthMs - 1) * share) })
          const spec = specOf(anchor)
          const last = end.subtract({ milliseconds: 1 })
          return [start, inside, last].map((at) => ({ spec, at, start, end }))
        })
        const windows = await windowsOf(expected)
        for (const [index, window] of windows.entries()) {
          const { start, end } = expected[index] as (typeof expected)[number]
          expect(window.start_at).toEqual(start)
          expect(window.end_at).toEqual(end)
        }
      }),
      { numRuns: 20 },
    )
  })
})

describe('other windows', () => {
  test('days and months are those of the wall, across changes of the clock', async () => {
    const days = fc.tuple(fc.constantFrom(...zones), instants, fc.constantFrom('day', 'month'))
    await fc.assert(
      fc.asyncProperty(fc.array(days, { minLength: 50, maxLength: 50 }), async (batch) => {
        const windows = await windowsOf(
          batch.map(([zone, at, kind]) => ({ spec: `${kind} ${zone}`, at })),
        )
        for (const [index, window] of windows.entries()) {
          const [zone, at, kind] = batch[index] as (typeof batch)[number]
          const day = at.toZonedDateTimeISO(zone).startOfDay()
          const start = kind === 'day' ? day : day.with({ day: 1 }).startOfDay()
          const next = kind === 'day' ? { days: 1 } : { months: 1 }
          const end = start.toPlainDate().add(next).toZonedDateTime(zone)
          expect(window.start_at).toEqual(start.toInstant())
          expect(window.end_at).toEqual(end.toInstant())
        }
      }),
      { numRuns: 20 },
    )
  })

  test('a midnight that comes twice begins the day once', async () => {
    // Havana went back from 1:00 to 0:00 on 3 November 2024.
    const day = ['2024-11-03T04:00:00Z', '2024-11-04T05:00:00Z']
    expect(await windowOf('day America/Havana', '2024-11-03T04:30:00Z')).toEqual(day)
    expect(await windowOf('day America/Havana', '2024-11-03T05:30:00Z')).toEqual(day)
  })

  test('fixed windows stand back to back from 1970', async () => {
    const window = ['2026-02-15T12:00:00Z', '2026-02-15T12:01:00Z']
    expect(await windowOf('fixed 60', '2026-02-15T12:00:00Z')).toEqual(window)
    expect(await windowOf('fixed 60', '2026-02-15T12:00:59.999999Z')).toEqual(window)
  })
})
