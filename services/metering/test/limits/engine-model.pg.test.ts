import {
  type LimitWindow as Window,
  LimitWindow,
  Overage,
} from '@purser/contracts/common/v1/entitlement'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { UsageBatch } from '../../src/limits/usage-batch.ts'
import type { UsageRequest } from '../../src/limits/usage-request.ts'
import { type CountersAt, openCountersAt } from './counters-at.ts'
import { counterHomes, type LimitsBed, openLimits } from './limits-bed.ts'
import { type ReferenceItem, type ReferenceLimit, ReferenceLimits } from './reference-limits.ts'

let bed: LimitsBed
let counters: CountersAt
let accounts = 0

const START_MS = Date.UTC(2026, 0, 31, 23, 50)

const windows: fc.Arbitrary<ReferenceLimit['window']> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('rolling' as const, 'fixed' as const),
    seconds: fc.constantFrom(1, 7, 60, 300),
  }),
  fc.record({ kind: fc.constantFrom('day' as const, 'month' as const) }),
)
const limits: fc.Arbitrary<ReferenceLimit> = fc.record({
  units: fc.integer({ min: 0, max: 30 }),
  soft: fc.constant(false),
  window: windows,
})
const features = ['calls', 'tokens', 'images'] as const
const plans = fc
  .tuple(...features.map(() => fc.tuple(fc.array(limits, { maxLength: 3 }), fc.boolean())))
  .map((drawn) =>
    drawn.map(([list, soft]) =>
      list.map((limit) => ({ ...limit, soft: soft && list.length === 1 })),
    ),
  )

const requests = fc.record({
  items: fc
    .subarray([...features, 'unknown'], { minLength: 1 })
    .chain((names) =>
      fc.tuple(
        ...names.map((feature) =>
          fc.record({ feature: fc.constant(feature), units: fc.integer({ min: 1, max: 8 }) }),
        ),
      ),
    ) as fc.Arbitrary<ReferenceItem[]>,
  id: fc.option(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { nil: undefined, freq: 4 }),
})
const batches = fc.array(
  fc.record({
    waitMs: fc.oneof(fc.integer({ min: 0, max: 900 }), fc.integer({ min: 0, max: 400_000 })),
    // Whether the engine bets that all is admitted: it must decide the same.
    hopeful: fc.boolean(),
    // Whether counters that may be lost are lost before: they are counted again from the rows.
    loses: fc.nat({ max: 4 }).map((drawn) => drawn === 0),
    requests: fc.array(requests, { minLength: 1, maxLength: 12 }),
  }),
  { minLength: 1, maxLength: 15 },
)

describe.each(counterHomes)('with counters in %s', (home) => {
  beforeAll(async () => {
    bed = await openLimits(home)
    counters = openCountersAt(bed)
  })
  afterAll(() => bed.close())

  test('decides as the reference does, batch by batch, over all windows', async () => {
    await fc.assert(
      fc.asyncProperty(plans, batches, async (plan, steps) => {
        accounts += 1
        const accountId = `model-${accounts}`
        await bed.entitle(accountId, ...plan.map(toEntitlement))
        const reference = new ReferenceLimits(
          new Map(plan.map((list, index) => [features[index] as string, list])),
        )
        let atMs = START_MS
        for (const step of steps) {
          atMs += step.waitMs
          if (step.loses) await bed.redisClient?.flushall()
          const batch = new UsageBatch()
          for (const request of step.requests) {
            const usage = toUsage(accountId, request)
            if (batch.accepts(usage)) batch.add(usage)
          }
          const expected = batch.requests.map((request) =>
            reference.decide(request.features.map(toItem), idOf(request), atMs),
          )
          const answers = await counters.decideAt(batch, atMs, step.hopeful)
          expect(answers.map((answer) => answer?.verdict)).toEqual(expected)
        }
        await expectCounters(accountId, plan, reference, atMs)
      }),
      { numRuns: 40 },
    )
  }, 120_000)
})

/** What is left, and what is recorded, at the end. */
async function expectCounters(
  accountId: string,
  plan: readonly (readonly ReferenceLimit[])[],
  reference: ReferenceLimits,
  atMs: number,
) {
  for (const [index, list] of plan.entries()) {
    const feature = features[index] as string
    const admitted = reference.admitted.filter((unit) => unit.feature === feature)
    const sum = admitted.reduce((total, { units }) => total + units, 0)
    expect(await bed.recorded(accountId, feature)).toBe(BigInt(sum))
    if (list.length === 0) continue
    // A request that cannot fit shows where every limit stands; one of 1 unit below soft ones.
    const batch = new UsageBatch()
    batch.add(toUsage(accountId, { items: [{ feature, units: 1_000 }], id: undefined }))
    if (list.some(({ soft }) => soft)) continue
    const question = { batch, accountId, featureKey: feature, units: 1_000, atMs }
    const looked = await counters.checkAt(question)
    const [answer] = await counters.decideAt(batch, atMs)
    expect(looked).toEqual([answer])
    const standing = answer?.features[0]?.standing
    const limit = list[Number(standing?.limitKey.slice(1))] as ReferenceLimit
    const used = reference.used(feature, limit, atMs)
    expect(standing).toMatchObject({
      limit: limit.units,
      remaining: Math.max(0, limit.units - used),
    })
  }
}

const kinds = {
  rolling: LimitWindow.ROLLING,
  fixed: LimitWindow.FIXED,
  day: LimitWindow.DAY,
  month: LimitWindow.MONTH,
} as const satisfies Record<ReferenceLimit['window']['kind'], Window>

function toEntitlement(list: readonly ReferenceLimit[], index: number) {
  return {
    featureKey: features[index] as string,
    overage: list.some(({ soft }) => soft) ? Overage.ALLOWED : Overage.REFUSED,
    limits: list.map(({ units, window }, position) => ({
      limitKey: `l${position}`,
      quantity: BigInt(units),
      window: kinds[window.kind],
      windowSeconds: 'seconds' in window ? window.seconds : 0,
    })),
  }
}

function toUsage(
  accountId: string,
  { items, id }: { items: readonly ReferenceItem[]; id: string | undefined },
): UsageRequest {
  return {
    accountId,
    features: items.map(({ feature, units }) => ({ featureKey: feature, units: BigInt(units) })),
    id: id && `${accountId}.${id}`,
    propertiesJson: undefined,
    holdSeconds: undefined,
  }
}

const toItem = ({ featureKey, units }: UsageRequest['features'][number]) => ({
  feature: featureKey,
  units: Number(units),
})
const idOf = ({ id }: UsageRequest) => id
