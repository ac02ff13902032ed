import { type Statement, statement } from '@purser/postgres'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { at, limit, type LimitsBed, openLimits, TENANT } from './limits-bed.ts'

let bed: LimitsBed

beforeAll(async () => {
  bed = await openLimits()
})
afterAll(() => bed.close())

/** Units of one feature at an instant, betting that they are admitted. */
const consumeAt = statement(
  'test.consume_at',
  `select d.refused_requests is null and d.unentitled_requests is null as admitted
   from metering.consume_batch(
     $1, $2::timestamptz, array[$3], array['calls'], null, null, null, array[1], array[1], array[$4::bigint], true) as d`,
)
/** The bet alone. */
const admitAt = statement(
  'test.admit_at',
  `select d.limit_units[1] as units, d.limit_used[1] as used
   from set_config('purser.tenant_id', $1, false)
   cross join lateral metering.admit_all(
     $1, $2::timestamptz, array[$3], array['calls'], null, null, array[1], array[1], array[$4::bigint]) as d`,
)
const run = async <Row extends object>(
  what: Statement,
  when: string,
  account: string,
  n: number,
) => {
  const [row] = await bed.database.tx(TENANT, (tx) =>
    tx.query<Row>(what, [TENANT, when, account, n]),
  )
  return row
}
const admits = async (when: string, account: string, units: number) =>
  (await run<{ admitted: boolean }>(consumeAt, when, account, units))?.admitted

const calls = (quantity: number) => ({
  featureKey: 'calls',
  limits: [limit('monthly', quantity), limit('second', 1_000)],
})

test('a counter remembers its limits, and admits by them alone', async () => {
  await bed.entitle('memory', calls(10))
  await expect(run(admitAt, '2026-03-02T00:00:00Z', 'memory', 1)).rejects.toMatchObject({
    code: 'PL002',
  })
  expect(await admits('2026-03-02T00:00:00Z', 'memory', 4)).toBe(true)
  const told = await run(admitAt, '2026-03-02T00:00:01Z', 'memory', 5)
  expect(told).toEqual({ units: 10n, used: 4n })
  expect(await bed.counted('memory', 'second')).toBe(9n)
  await expect(run(admitAt, '2026-03-02T00:00:02Z', 'memory', 2)).rejects.toThrow()
  expect([await bed.counted('memory', 'monthly'), await bed.recorded('memory')]).toEqual([9n, 9n])
})

test('what it remembers ends with a plan change', async () => {
  await bed.entitle('changed', calls(10))
  expect(await admits('2026-03-02T00:00:00Z', 'changed', 3)).toBe(true)
  await bed.entitle('changed', calls(4))
  await expect(run(admitAt, '2026-03-02T00:00:01Z', 'changed', 1)).rejects.toThrow()
  expect(await admits('2026-03-02T00:00:01Z', 'changed', 2)).toBe(false)
  expect(await admits('2026-03-02T00:00:01Z', 'changed', 1)).toBe(true)
  await bed.hold('changed', [])
  expect(await admits('2026-03-02T00:00:02Z', 'changed', 1)).toBe(false)
})

test('and at the instant at which a subscription begins or ends', async () => {
  const [first, second, free] = [
    await bed.putPlan(calls(5)),
    await bed.putPlan(calls(10)),
    await bed.putPlan({ featureKey: 'calls', limits: [] }),
  ]
  await bed.hold('timed', [
    { planKey: first, endTime: at('2026-03-05T00:00:00Z') },
    { planKey: second, startTime: at('2026-03-03T00:00:00Z') },
    { planKey: free, startTime: at('2026-03-07T00:00:00Z'), endTime: at('2026-03-08T00:00:00Z') },
  ])
  expect(await admits('2026-03-02T00:00:00Z', 'timed', 3)).toBe(true)
  expect(await admits('2026-03-02T23:59:59.999Z', 'timed', 3)).toBe(false)
  expect(await admits('2026-03-02T23:59:59.999Z', 'timed', 2)).toBe(true)
  expect(await admits('2026-03-03T00:00:00Z', 'timed', 4)).toBe(true)
  expect(await admits('2026-03-04T23:59:59.999Z', 'timed', 2)).toBe(true)
  expect(await admits('2026-03-05T00:00:00Z', 'timed', 1)).toBe(false)
  expect(await admits('2026-03-07T00:00:00Z', 'timed', 500)).toBe(true)
  expect(await admits('2026-03-07T00:00:01Z', 'timed', 500)).toBe(true)
  expect(await admits('2026-03-08T00:00:00Z', 'timed', 1)).toBe(false)
})
