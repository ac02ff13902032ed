import { createDatabase } from '@purser/postgres'
import { silentLogger } from '@purser/runtime'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UsageDecider } from '../../src/limits/usage-decider.ts'
import type { UsageCounters } from '../../src/limits/usage-counters.ts'
import type { UsageRequest } from '../../src/limits/usage-request.ts'
import { counterHomes, limit, type LimitsBed, openLimits, TENANT } from './limits-bed.ts'

describe.each(counterHomes)('with counters in %s', (home) => {
  let bed: LimitsBed
  const nodes: { decider: UsageDecider; close(): Promise<void> }[] = []

  beforeAll(async () => {
    bed = await openLimits(home)
    // Each has a pool and a queue of its own, as processes have.
    for (let node = 0; node < 4; node += 1) {
      const { adminUrl: url, schema, role, password } = bed
      const database = createDatabase({ url, schema, role, password, log: silentLogger })
      nodes.push({
        decider: new UsageDecider(bed.openCounters(database), { maxBatch: 16, maxWaiting: 1_000 }),
        close: database.close,
      })
    }
  })
  afterAll(async () => {
    for (const node of nodes) await node.close()
    await bed.close()
  })

  const usage = (accountId: string, units: Record<string, number>, id?: string): UsageRequest => ({
    accountId,
    features: Object.entries(units).map(([featureKey, n]) => ({ featureKey, units: BigInt(n) })),
    id,
    propertiesJson: undefined,
    holdSeconds: undefined,
  })

  const decide = (node: number, request: UsageRequest) =>
    (nodes[node % nodes.length] as (typeof nodes)[number]).decider.decide(TENANT, request)

  test('four nodes admit exactly up to the limit; rows, answers and counters agree', async () => {
    await bed.entitle('storm', { featureKey: 'calls', limits: [limit('monthly', 500)] })
    const sizes = Array.from({ length: 800 }, (_, index) => (index % 3) + 1)
    const answers = await Promise.all(
      sizes.map((units, index) => decide(index, usage('storm', { calls: units }))),
    )
    const admitted = answers.reduce(
      (sum, { verdict }, index) => sum + (verdict === 'admitted' ? (sizes[index] as number) : 0),
      0,
    )
    expect(admitted).toBe(500)
    expect(await bed.recorded('storm')).toBe(500n)
    expect(await bed.counted('storm', 'monthly')).toBe(500n)
  })

  test('requests for overlapping features in any order neither deadlock nor leak units', async () => {
    const names = ['f0', 'f1', 'f2', 'f3', 'f4']
    const features = names.map((featureKey) => ({
      featureKey,
      limits: [limit(`l-${featureKey}`, 60)],
    }))
    for (const accountId of ['mesh-1', 'mesh-2']) await bed.entitle(accountId, ...features)
    const taken = new Map<string, bigint>()
    await Promise.all(
      Array.from({ length: 400 }, async (_, index) => {
        const accountId = `mesh-${(index % 2) + 1}`
        const chosen = names.filter((_name, place) => (index >> place) % 3 !== 0)
        const order = index % 2 === 0 ? chosen : chosen.toReversed()
        if (order.length === 0) return
        const units = Object.fromEntries(order.map((name) => [name, (index % 4) + 1]))
        const answer = await decide(index, usage(accountId, units))
        if (answer.verdict !== 'admitted') return
        for (const [name, n] of Object.entries(units)) {
          const key = `${accountId}/${name}`
          taken.set(key, (taken.get(key) ?? 0n) + BigInt(n))
        }
      }),
    )
    for (const accountId of ['mesh-1', 'mesh-2']) {
      for (const name of names) {
        const admitted = taken.get(`${accountId}/${name}`) ?? 0n
        expect(admitted).toBeLessThanOrEqual(60n)
        expect(await bed.recorded(accountId, name)).toBe(admitted)
        expect(await bed.counted(accountId, `l-${name}`)).toBe(admitted)
      }
    }
  })

  test.each([
    ['with a limit', { calls: 1 }],
    ['without any', { free: 1 }],
  ])('fifty retries at once on all nodes consume once, %s', async (name, units) => {
    const accountId = `retries-${name.replaceAll(' ', '-')}`
    await bed.entitle(
      accountId,
      { featureKey: 'calls', limits: [limit('monthly', 1)] },
      { featureKey: 'free', limits: [] },
    )
    const verdicts = await Promise.all(
      Array.from({ length: 50 }, async (_, node) => {
        const { verdict } = await decide(node, usage(accountId, units, accountId))
        return verdict
      }),
    )
    expect(verdicts.filter((verdict) => verdict === 'admitted')).toHaveLength(1)
    expect(verdicts.filter((verdict) => verdict === 'repeated')).toHaveLength(49)
    expect(await bed.recorded(accountId)).toBe(1n)
  })

  test('new limits of a plan count on every node for decisions that begin after the change', async () => {
    await bed.entitle('switch', { featureKey: 'calls', limits: [limit('monthly', 1_000)] })
    await Promise.all([0, 1, 2, 3].map((node) => decide(node, usage('switch', { calls: 10 }))))
    const running = Array.from({ length: 200 }, (_, node) =>
      decide(node, usage('switch', { calls: 1 })),
    )
    await bed.entitle('switch', { featureKey: 'calls', limits: [limit('monthly', 40)] })
    const after = await Promise.all(
      [0, 1, 2, 3].map((node) => decide(node, usage('switch', { calls: 1 }))),
    )
    expect(after.map(({ verdict }) => verdict)).toEqual([
      'refused',
      'refused',
      'refused',
      'refused',
    ])
    await Promise.all(running)
  })

  test.each([
    { waiting: 3, order: ['batch of 4', 'batch of 3', ...told(7)] },
    // With fewer than half of it in line, whoever is told now may come again and fill the next one.
    { waiting: 2, order: ['batch of 4', ...told(4), 'batch of 2', ...told(2)] },
  ])(
    'the next batch leaves before callers are told when $waiting of 4 wait',
    async ({ waiting, order }) => {
      const account = `order-${waiting}`
      await bed.entitle(account, { featureKey: 'calls', limits: [limit('monthly', 1_000)] })
      const seen: string[] = []
      const { counters } = bed
      const watched: UsageCounters = {
        holdsUnits: counters.holdsUnits,
        decide: (tenantId, batch, hopeful) => {
          seen.push(`batch of ${batch.size}`)
          return counters.decide(tenantId, batch, hopeful)
        },
        check: (...asked) => counters.check(...asked),
        show: (...asked) => counters.show(...asked),
      }
      const decider = new UsageDecider(watched, { maxBatch: 4, maxWaiting: 1_000 })
      await Promise.all(
        Array.from({ length: 4 + waiting }, async () => {
          await decider.decide(TENANT, usage(account, { calls: 1 }))
          seen.push('told')
        }),
      )
      expect(seen).toEqual(order)
    },
  )

  test('a full queue turns requests away, which count nowhere', async () => {
    await bed.entitle('queue', { featureKey: 'calls', limits: [limit('monthly', 1_000)] })
    const decider = new UsageDecider(bed.counters, { maxBatch: 4, maxWaiting: 8 })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 50 }, () => decider.decide(TENANT, usage('queue', { calls: 1 }))),
    )
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    expect(refused.length).toBe(42)
    for (const { reason } of refused) expect(reason.code).toBe('metering.overloaded')
    expect(await bed.recorded('queue')).toBe(8n)
  })

  test('when the database fails, every caller of the batch is told, and the same ids count once later', async () => {
    await bed.entitle('cut', { featureKey: 'calls', limits: [limit('monthly', 1_000)] })
    const send = () =>
      Promise.allSettled(
        Array.from({ length: 40 }, (_, index) =>
          decide(0, usage('cut', { calls: 1 }, `cut-${index}`)),
        ),
      )
    const first = send()
    await bed.adminQuery(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where datname = current_database() and pid <> pg_backend_pid()`,
    )
    for (const outcome of await first) {
      if (outcome.status === 'rejected') expect(outcome.reason.code).toBe('platform.unavailable')
    }
    // Connections that were cut while idle are found out by their next use.
    let outcomes = await send()
    for (
      let round = 0;
      round < 10 && outcomes.some(({ status }) => status === 'rejected');
      round += 1
    ) {
      outcomes = await send()
    }
    expect(outcomes.every(({ status }) => status === 'fulfilled')).toBe(true)
    expect(await bed.recorded('cut')).toBe(40n)
    expect(await bed.counted('cut', 'monthly')).toBe(40n)
  })
})

function told(callers: number): string[] {
  return Array.from({ length: callers }, () => 'told')
}
