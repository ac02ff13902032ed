import { LimitWindow, OutagePolicy, Overage } from '@purser/contracts/common/v1/entitlement'
import { statement } from '@purser/postgres'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { HoldSweeper } from '../../src/limits/hold-sweeper.ts'
import { LimitStore } from '../../src/limits/limit-store.ts'
import { featuresOf, limit, type LimitsBed, openLimits, TENANT } from './limits-bed.ts'

let bed: LimitsBed
let sequence = 0

beforeAll(async () => {
  bed = await openLimits()
})
afterAll(() => bed.close())

const calls = (quantity: number, more: object = {}) => ({
  featureKey: 'calls',
  limits: [limit('monthly', quantity, more)],
})
const nextId = (prefix: string) => `${prefix}-${++sequence}`
const reserve = (accountId: string, reservationId: string, units: Record<string, number>) =>
  bed.client.reserveUsage(
    { tenant: TENANT, accountId, reservationId, features: featuresOf(units) },
    bed.as,
  )
const commit = async (reservationId: string, units: Record<string, number>) => {
  const { features } = await bed.client.commitUsage(
    { tenant: TENANT, reservationId, features: featuresOf(units) },
    bed.as,
  )
  return features.map((f) => [
    f.featureKey,
    Number(f.reserved),
    Number(f.recorded),
    Number(f.refused),
  ])
}
const release = (reservationId: string) =>
  bed.client.releaseUsage({ tenant: TENANT, reservationId }, bed.as)
/** Lets a hold run out now. */
const expire = (holdId: string) =>
  bed.adminQuery(
    `update metering.hold set expire_at = clock_timestamp() - interval '1 second' where hold_id = $1`,
    [holdId],
  )

describe('a reservation', () => {
  test('counts at once, records what was used, and gives the rest back', async () => {
    await bed.entitle('work', calls(10), { featureKey: 'tokens', limits: [limit('t', 100)] })
    const id = nextId('rsv')
    const made = await reserve('work', id, { calls: 1, tokens: 80 })
    expect(made.expireTime).toBeDefined()
    await expect(bed.consume('work', { tokens: 21 })).rejects.toThrow()
    expect(await bed.recorded('work')).toBe(0n)
    expect(await commit(id, { calls: 1, tokens: 30 })).toEqual([
      ['calls', 1, 1, 0],
      ['tokens', 80, 30, 0],
    ])
    expect([await bed.recorded('work', 'tokens'), await bed.counted('work', 't')]).toEqual([
      30n,
      30n,
    ])
    await bed.consume('work', { tokens: 70 })
  })

  test('is one for its id, and ends once', async () => {
    await bed.entitle('same', calls(10))
    const id = nextId('rsv')
    await reserve('same', id, { calls: 4 })
    expect((await reserve('same', id, { calls: 4 })).repeated).toBe(true)
    await expect(reserve('same', id, { calls: 5 })).rejects.toMatchObject({
      code: 'metering.id_of_other_usage',
    })
    expect(await bed.counted('same', 'monthly')).toBe(4n)
    expect(await commit(id, { calls: 3 })).toEqual([['calls', 4, 3, 0]])
    expect(await commit(id, { calls: 3 })).toEqual([['calls', 4, 3, 0]])
    await expect(commit(id, { calls: 2 })).rejects.toMatchObject({ code: 'metering.hold_not_open' })
    await expect(release(id)).rejects.toMatchObject({ code: 'metering.hold_not_open' })
    expect([await bed.recorded('same'), await bed.counted('same', 'monthly')]).toEqual([3n, 3n])
  })

  test('released gives all back, again and again', async () => {
    await bed.entitle('free', calls(10))
    const id = nextId('rsv')
    await reserve('free', id, { calls: 10 })
    await release(id)
    await release(id)
    expect(await bed.counted('free', 'monthly')).toBe(0n)
    await expect(commit(id, { calls: 1 })).rejects.toMatchObject({ code: 'metering.hold_not_open' })
  })

  test('of more than was reserved: admitted as far as there is room, all of it where overage is allowed', async () => {
    await bed.entitle('more', calls(10))
    const id = nextId('rsv')
    await reserve('more', id, { calls: 4 })
    await bed.consume('more', { calls: 3 })
    expect(await commit(id, { calls: 9 })).toEqual([['calls', 4, 7, 2]])
    expect([await bed.recorded('more'), await bed.counted('more', 'monthly')]).toEqual([10n, 10n])

    await bed.entitle('more-soft', { ...calls(10), overage: Overage.ALLOWED })
    const soft = nextId('rsv')
    await reserve('more-soft', soft, { calls: 4 })
    expect(await commit(soft, { calls: 90 })).toEqual([['calls', 4, 90, 0]])
    expect(await bed.recorded('more-soft')).toBe(90n)
  })

  test('that has run out comes back by the next decision that needs it', async () => {
    await bed.entitle('late', calls(10))
    const [first, second] = [nextId('rsv'), nextId('rsv')]
    await reserve('late', first, { calls: 5 })
    await reserve('late', second, { calls: 5 })
    await expire(first)
    await expect(bed.consume('late', { calls: 6 })).rejects.toMatchObject({
      details: { remaining: '5' },
    })
    await bed.consume('late', { calls: 5 })
    // Late work counts as far as there is room now: none.
    expect(await commit(first, { calls: 2 })).toEqual([['calls', 5, 0, 2]])
    expect(await commit(second, { calls: 5 })).toEqual([['calls', 5, 5, 0]])
    expect([await bed.recorded('late'), await bed.counted('late', 'monthly')]).toEqual([10n, 10n])
  })

  test('that has run out comes back by the sweep, of every tenant', async () => {
    await bed.entitle('swept', calls(10))
    const id = nextId('rsv')
    await reserve('swept', id, { calls: 7 })
    await expire(id)
    const store = new LimitStore(bed.database)
    const warnings: object[] = []
    const log = { warn: (fields: object) => void warnings.push(fields) }
    const sweeper = new HoldSweeper({ database: bed.database, store, log })
    await sweeper.sweep()
    await sweeper.sweep()
    expect(await bed.counted('swept', 'monthly')).toBe(0n)
    expect(warnings).toEqual([])
  })

  test('is not found under another name, and commits only what it reserved', async () => {
    await bed.entitle('strict', calls(10))
    const id = nextId('rsv')
    await reserve('strict', id, { calls: 1 })
    await expect(commit('nothing', {})).rejects.toMatchObject({ code: 'resource.not_found' })
    await expect(commit(id, { tokens: 1 })).rejects.toMatchObject({ code: 'request.invalid' })
  })
})

describe('a lease', () => {
  const borrow = (accountId: string, leaseId: string, quantity: number) =>
    bed.client.borrowUsage(
      { tenant: TENANT, accountId, featureKey: 'calls', leaseId, quantity: BigInt(quantity) },
      bed.as,
    )
  const report = async (leaseId: string, number: number, used: number) => {
    const told = await bed.client.reportLease(
      { tenant: TENANT, leaseId, sequence: BigInt(number), usedQuantity: BigInt(used) },
      bed.as,
    )
    return Number(told.recorded)
  }
  const giveBack = (leaseId: string, number: number, used: number) =>
    bed.client.returnLease(
      { tenant: TENANT, leaseId, sequence: BigInt(number), usedQuantity: BigInt(used) },
      bed.as,
    )

  test('lends an eighth of what is left, down to one, and then nothing', async () => {
    await bed.entitle('shrink', calls(64))
    const sizes: number[] = []
    for (;;) {
      const lease = await borrow('shrink', nextId('lease'), 1_000).catch((error) => error)
      if (lease instanceof Error) {
        expect(lease).toMatchObject({ code: 'metering.limit_exceeded' })
        break
      }
      sizes.push(Number(lease.quantity))
    }
    expect(sizes[0]).toBe(8)
    expect(sizes.at(-1)).toBe(1)
    expect(sizes.reduce((a, b) => a + b)).toBe(64)
    expect(sizes).toEqual(sizes.toSorted((a, b) => b - a))
  })

  test('reports once a number, never more than was lent, and returns the rest', async () => {
    await bed.entitle('node', calls(800))
    const id = nextId('lease')
    const lease = await borrow('node', id, 50)
    expect([Number(lease.quantity), Number(lease.expiresInMs)]).toEqual([50, 10_000])
    expect(await borrow('node', id, 50)).toMatchObject({ quantity: 50n })
    await expect(borrow('node', id, 51)).rejects.toMatchObject({
      code: 'metering.id_of_other_usage',
    })
    expect(await report(id, 1, 10)).toBe(10)
    expect(await report(id, 1, 30)).toBe(10)
    expect(await report(id, 2, 30)).toBe(30)
    await expect(report(id, 3, 51)).rejects.toMatchObject({ code: 'request.invalid' })
    await expect(report(id, 3, 29)).rejects.toMatchObject({ code: 'request.invalid' })
    expect(await bed.counted('node', 'monthly')).toBe(50n)
    expect(await giveBack(id, 4, 35)).toMatchObject({ recorded: 35n, open: false })
    expect(await giveBack(id, 4, 35)).toMatchObject({ recorded: 35n, open: false })
    await expect(report(id, 5, 40)).rejects.toMatchObject({ code: 'metering.hold_not_open' })
    expect([await bed.recorded('node'), await bed.counted('node', 'monthly')]).toEqual([35n, 35n])
  })

  test('tells what its node decides in an outage, and a repeated request is told all of it again', async () => {
    await bed.entitle('bold', { ...calls(800), onOutage: OutagePolicy.OPEN })
    await bed.entitle('shy', calls(800))
    const id = nextId('lease')
    const first = await borrow('bold', id, 50)
    expect(first).toMatchObject({ onOutage: OutagePolicy.OPEN, limitKey: 'monthly' })
    expect([first.limit, first.remaining]).toEqual([800n, 750n])
    const again = await borrow('bold', id, 50)
    expect({ ...again, expiresInMs: 0n }).toEqual({ ...first, expiresInMs: 0n })
    expect(await bed.counted('bold', 'monthly')).toBe(50n)
    expect(await borrow('shy', nextId('lease'), 1)).toMatchObject({
      onOutage: OutagePolicy.CLOSED,
    })
  })

  test('is forgotten a week after its end, what is open or younger is not', async () => {
    await bed.entitle('old', calls(800))
    const ids = [nextId('lease'), nextId('lease'), nextId('rsv')]
    const [old = '', young = '', reserved = ''] = ids
    await borrow('old', old, 8)
    await borrow('old', young, 8)
    await reserve('old', reserved, { calls: 1 })
    const age = `update metering.hold set expire_at = clock_timestamp() - $2::interval where hold_id = $1`
    await bed.adminQuery(age, [old, '7 days 1 minute'])
    await bed.adminQuery(age, [young, '6 days 23 hours'])
    await bed.adminQuery(age, [reserved, '8 days'])
    const store = new LimitStore(bed.database)
    const sweeper = new HoldSweeper({
      database: bed.database,
      store,
      log: { warn: () => expect.unreachable() },
    })
    const left = async () =>
      (
        await bed.adminQuery<{ hold_id: string }>(
          'select hold_id from metering.hold where hold_id = any($1) order by hold_id',
          [ids],
        )
      ).map((row) => row.hold_id)
    await sweeper.forget()
    expect(await left()).toEqual([young, reserved].toSorted())
    // Units of a reservation are given back before it may be forgotten.
    await sweeper.sweep()
    await sweeper.forget()
    expect(await left()).toEqual([young])
    expect(await bed.counted('old', 'monthly')).toBe(16n)
  })

  test('that never reports stays counted after its end, and is not billed', async () => {
    await bed.entitle('dead', calls(8))
    const id = nextId('lease')
    await borrow('dead', id, 1)
    await expire(id)
    await new LimitStore(bed.database).sweep(TENANT)
    await expect(bed.consume('dead', { calls: 8 })).rejects.toThrow()
    await bed.consume('dead', { calls: 7 })
    expect(await bed.recorded('dead')).toBe(7n)
  })

  test('ends with its window, and lasts at most a tenth of a rolling one', async () => {
    await bed.entitle('short', calls(80, { window: LimitWindow.ROLLING, windowSeconds: 20 }))
    expect((await borrow('short', nextId('lease'), 5)).expiresInMs).toBe(2_000n)
    await bed.entitle('edge', calls(80, { window: LimitWindow.FIXED, windowSeconds: 3 }))
    const { expiresInMs } = await borrow('edge', nextId('lease'), 5)
    expect(Number(expiresInMs)).toBeLessThanOrEqual(3_000)
  })

  test('of a feature without limits is as long and as large as asked; without entitlement there is none', async () => {
    await bed.entitle('open', { featureKey: 'calls', limits: [] })
    const lease = await borrow('open', nextId('lease'), 1_000_000)
    expect(lease).toMatchObject({ quantity: 1_000_000n, limitKey: '' })
    await expect(borrow('nobody', nextId('lease'), 1)).rejects.toMatchObject({
      code: 'metering.feature_not_entitled',
    })
  })
})

describe('what is given back', () => {
  const decided = statement(
    'test.hold_steps',
    `select (d).decided_at is not null as done from metering.consume_batch(
       $1, $2::timestamptz, array[$3], array['calls'], array[$4], null, array[$5::integer],
       array[1], array[1], array[$6::bigint], true) as d`,
  )
  const ended = statement(
    'test.hold_ends',
    `select recorded_units from metering.commit_hold($1, $2::timestamptz, $3, array['calls'], array[$4::bigint])`,
  )

  test('was counted: over any steps, a rolling window holds the raw rows of its length, and no less', async () => {
    const steps = fc.array(
      fc.record({
        waitMs: fc.integer({ min: 0, max: 4_000 }),
        units: fc.integer({ min: 1, max: 9 }),
        used: fc.integer({ min: 0, max: 12 }),
        endsOlder: fc.boolean(),
      }),
      { minLength: 3, maxLength: 20 },
    )
    await fc.assert(
      fc.asyncProperty(steps, async (drawn) => {
        const accountId = nextId('law')
        await bed.entitle(accountId, calls(20, { window: LimitWindow.ROLLING, windowSeconds: 10 }))
        let atMs = Date.UTC(2026, 1, 1)
        const open: { id: string; used: number }[] = []
        const end = async ({ id, used }: { id: string; used: number }) =>
          bed.database.alone(TENANT, ended, [new Date(atMs).toISOString(), id, used])
        for (const { waitMs, units, used, endsOlder } of drawn) {
          atMs += waitMs
          const id = nextId('step')
          const at = new Date(atMs).toISOString()
          await bed.database.alone(TENANT, decided, [at, accountId, id, 600, units])
          const [made] = await bed.adminQuery('select 1 from metering.hold where hold_id = $1', [
            id,
          ])
          if (made) open.push({ id, used })
          const older = endsOlder ? open.shift() : undefined
          if (older) await end(older)
        }
        for (const hold of open) await end(hold)
        await expectNeverOver(accountId, 20, 10)
        atMs += 10_100
        await bed.database.alone(TENANT, decided, [
          new Date(atMs).toISOString(),
          accountId,
          nextId('step'),
          600,
          20,
        ])
        expect(await bed.counted(accountId, 'monthly')).toBe(20n)
      }),
      { numRuns: 25 },
    )
  }, 120_000)

  /** The raw rows in every interval of the length stay within the limit. */
  async function expectNeverOver(accountId: string, units: number, seconds: number) {
    const [row] = await bed.adminQuery<{ most: string }>(
      `select coalesce(max(s.total), 0)::text as most
       from metering.usage_event as e
       cross join lateral (
         select sum(f.quantity) as total from metering.usage_event as f
         where f.subject = $1 and f.time >= e.time and f.time <= e.time + $2 * interval '1 second'
       ) as s
       where e.subject = $1`,
      [accountId, seconds],
    )
    expect(Number(row?.most)).toBeLessThanOrEqual(units)
  }
})
