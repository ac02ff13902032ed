import { setTimeout as sleep } from 'node:timers/promises'
import { type Decision, type Limiter, Purser } from '@purser/sdk'
import { spawnNode, waitFor } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type PlatformBed, startPlatformProcess } from './platform-bed.ts'

const WORKER = new URL('leasing-worker.fixture.ts', import.meta.url).pathname

let bed: PlatformBed
beforeAll(async () => {
  bed = await startPlatformProcess()
})
afterAll(() => bed.stop())

/** Asks until the service refuses for good while nobody else holds a lease; answers how many were admitted. */
async function useUp(limiter: Limiter, account: string, feature: string): Promise<number> {
  let admitted = 0
  for (;;) {
    const decision: Decision = await limiter.consume(account, feature)
    if (!decision.allowed) return admitted
    admitted += 1
  }
}

describe('leases of the real service', () => {
  test('admit together exactly the limit, and what they admit is what is recorded', async () => {
    await bed.entitle('exact', 'exact', [{ limit_key: 'm', quantity: 1_000, window: 'month' }])
    const limiters = Array.from({ length: 4 }, () => new Purser(bed.connection).limiter())
    const admitted = await Promise.all(
      limiters.flatMap((limiter) => [
        useUp(limiter, 'exact', 'exact'),
        useUp(limiter, 'exact', 'exact'),
      ]),
    )
    const early = admitted.reduce((sum, units) => sum + units, 0)
    expect(early).toBeLessThanOrEqual(1_000)
    expect(await Promise.all(limiters.map((limiter) => limiter.close()))).toEqual([0, 0, 0, 0])
    expect(await bed.recorded('exact', 'exact')).toBe(early)
    // What one of them had left when the others were refused is there again.
    const purser = new Purser(bed.connection)
    const rest = await useUp(purser.limiter(), 'exact', 'exact')
    await purser.close()
    expect(early + rest).toBe(1_000)
    expect(await bed.recorded('exact', 'exact')).toBe(1_000)
  })

  test('never admit more than the limit when a process dies with its leases', async () => {
    await bed.entitle('dying', 'dying', [{ limit_key: 'm', quantity: 400, window: 'month' }])
    await using worker = spawnNode([WORKER, JSON.stringify(bed.connection), 'dying', 'dying'])
    await worker.waitForLine(/^admitted [3-9]\d$/)
    await worker.kill('SIGKILL')
    const lines = worker.output().match(/^admitted \d+$/gm) ?? []
    const byDead = Number(lines.at(-1)?.split(' ')[1])
    expect(byDead).toBeGreaterThanOrEqual(30)
    const purser = new Purser(bed.connection)
    const byLiving = await useUp(purser.limiter(), 'dying', 'dying')
    await purser.close()
    expect(byLiving).toBeGreaterThan(0)
    expect(byDead + byLiving).toBeLessThanOrEqual(400)
    expect(await bed.recorded('dying', 'dying')).toBeLessThanOrEqual(byDead + byLiving)
    expect(await bed.recorded('dying', 'dying')).toBeGreaterThanOrEqual(byLiving)
  })

  test('of several units fit exactly, and refuse what is more than is left', async () => {
    await bed.entitle('many', 'many', [{ limit_key: 'm', quantity: 100, window: 'month' }])
    const purser = new Purser(bed.connection)
    const limiter = purser.limiter()
    expect(await limiter.consume('many', 'many', 3)).toMatchObject({ allowed: true })
    expect(await limiter.consume('many', 'many', 98)).toMatchObject({ allowed: false })
    expect(await limiter.consume('many', 'many', 97)).toMatchObject({ allowed: true, remaining: 0 })
    const refusal = await limiter.consume('many', 'many')
    expect(refusal).toMatchObject({ reason: 'limit_exceeded', limitKey: 'm', limit: 100 })
    expect(await purser.close()).toEqual({ events: 0, units: 0 })
    expect(await bed.recorded('many', 'many')).toBe(100)
  })

  test('let units that were bought on top count within moments', async () => {
    await bed.entitle('topped', 'topped', [{ limit_key: 'm', quantity: 1, window: 'month' }])
    const purser = new Purser(bed.connection)
    const limiter = purser.limiter()
    expect(await useUp(limiter, 'topped', 'topped')).toBe(1)
    const more = { feature_key: 'topped', limit_key: 'm', quantity: 2 }
    await bed.send('POST', '/accounts/topped/top-ups', more)
    await waitFor(async () => (await limiter.consume('topped', 'topped')).allowed)
    await purser.close()
  })

  test('are not spent after their end, and come back unused', async () => {
    await bed.entitle('ending', 'ending', [{ limit_key: 'm', quantity: 1_000, window: 'month' }])
    const purser = new Purser(bed.connection)
    const limiter = purser.limiter({ leaseSeconds: 1 })
    let used = 0
    const isLent = (decision: Decision | undefined): boolean => {
      if (decision?.allowed) used += 1
      return decision?.allowed === true && decision.by === 'lease'
    }
    // On a busy machine a lease of a second may be over before it is used: then for another one.
    await waitFor(async () => {
      const isBorrowed = isLent(await limiter.consume('ending', 'ending'))
      return isBorrowed && isLent(limiter.tryConsume('ending', 'ending'))
    })
    await sleep(1_000)
    expect(limiter.tryConsume('ending', 'ending')).toBeUndefined()
    await waitFor(async () => (await bed.recorded('ending', 'ending')) === used)
    const asked = { account_ids: ['ending'], features: [{ feature_key: 'ending' }] }
    await waitFor(async () => {
      const { accounts } = await purser.usage.check(asked)
      return accounts[0]?.features[0]?.remaining === 1_000 - used
    })
    await purser.close()
  })

  test('of a feature without entitlement are refused as such', async () => {
    await bed.subscribe('nobody', 'free')
    const purser = new Purser(bed.connection)
    expect(await purser.limiter().consume('nobody', 'exact')).toMatchObject({
      allowed: false,
      reason: 'feature_not_entitled',
    })
    await purser.close()
  })

  test('survive the death of the platform: what was admitted is recorded after it', async () => {
    await bed.entitle('crash', 'crash', [{ limit_key: 'm', quantity: 10_000, window: 'month' }])
    const purser = new Purser({ ...bed.connection, timeoutMs: 10_000 })
    const limiter = purser.limiter({ leaseSeconds: 60 })
    expect(await limiter.consume('crash', 'crash')).toMatchObject({ by: 'lease' })
    await bed.kill()
    expect(limiter.tryConsume('crash', 'crash', 5)).toMatchObject({ allowed: true, by: 'lease' })
    expect(await limiter.consume('crash', 'crash', 5_000)).toMatchObject({ reason: 'unreachable' })
    expect(await limiter.consume('other', 'crash')).toMatchObject({ reason: 'unreachable' })
    await bed.restart()
    await waitFor(async () => (await limiter.consume('crash', 'crash', 5_000)).allowed)
    expect(await purser.close()).toEqual({ events: 0, units: 0 })
    expect(await bed.recorded('crash', 'crash')).toBe(5_006)
  })
})

test('events are stored once, however often they are sent', async () => {
  const purser = new Purser(bed.connection)
  const event = { type: 'widgets', subject: 'eve', quantity: '2.5' }
  purser.events.record({ ...event, id: 'one' })
  await purser.events.flush()
  purser.events.record({ ...event, id: 'one' })
  purser.events.record({ ...event, id: 'two' })
  expect(await purser.close()).toEqual({ events: 0, units: 0 })
  expect(await bed.recorded('eve', 'widgets')).toBe(5)
})

test('one id consumes once, from many calls at once', async () => {
  await bed.entitle('once', 'once', [{ limit_key: 'm', quantity: 10, window: 'month' }])
  const { usage } = new Purser(bed.connection)
  const body = { account_id: 'once', features: [{ feature_key: 'once', quantity: 3 }], id: 'job-1' }
  const answers = await Promise.all(Array.from({ length: 20 }, () => usage.consume(body)))
  expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1)
  expect(await bed.recorded('once', 'once')).toBe(3)
  const held = await usage.reserve({
    account_id: 'once',
    features: [{ feature_key: 'once', quantity: 7 }],
  })
  await expect(usage.consume({ ...body, id: 'job-2' })).rejects.toMatchObject({ remaining: 0 })
  const { reservation_id } = held
  const features = [{ feature_key: 'once', quantity: 4 }]
  expect(await usage.commit({ reservation_id, features })).toEqual({
    features: [{ feature_key: 'once', reserved: 7, recorded: 4, refused: 0 }],
  })
  expect(await bed.recorded('once', 'once')).toBe(7)
})
