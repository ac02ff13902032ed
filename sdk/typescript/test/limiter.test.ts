import type { Decision, Forfeit } from '@purser/sdk'
import { waitFor } from '@purser/testing'
import { describe, expect, test } from 'vitest'
import { type Asked, problem, type Reply, scriptedServer } from './scripted-server.ts'

/** Everything that is left out of a lease is as without a limit. */
function lease(quantity: number, more: object = {}): Reply {
  const terms = { expires_in_ms: 10_000, limit: 1_000, remaining: 900, limit_key: 'rate' }
  return { body: { quantity, ...terms, ...more } }
}
const recorded: Reply = { body: { recorded: 0, open: false } }
const refused = problem(429, 'metering.limit_exceeded', {
  limit_key: 'rate',
  limit: '5',
  remaining: '0',
  retry_after_seconds: '30',
})
const verb = ({ path }: Asked) => path.split('/').at(-1)

describe('a limiter', () => {
  test('asks for the rule of outages with a decision where no lease tells it', async () => {
    const lendsNothing = problem(409, 'metering.holds_unavailable')
    const full = problem(429, 'metering.limit_exceeded', {
      limit_key: 'rate',
      limit: '5',
      remaining: '5',
      on_outage: 'open',
    })
    let reply: Reply | 'cut' = full
    await using server = await scriptedServer((asked) =>
      verb(asked) === 'borrow' ? lendsNothing : reply,
    )
    const limiter = server.purser({ timeoutMs: 5_000 }).limiter({ onLeasesRefused: () => {} })
    expect(await limiter.consume('ann', 'api', 6)).toMatchObject({ reason: 'limit_exceeded' })
    reply = { body: { features: [{ allowed: true }] } }
    expect(await limiter.consume('ann', 'api')).toMatchObject({ by: 'service' })
    const asks = server.bodies().filter((body) => 'features' in body)
    expect(asks.map((body) => body['tell_on_outage'])).toEqual([true, undefined])
    reply = 'cut'
    expect(await limiter.consume('ann', 'api')).toMatchObject({ allowed: true, by: 'outage' })
    await limiter.close({ timeoutMs: 1 })
  })

  test('borrows once for all who wait, decides at once from then on, and returns what is left', async () => {
    await using server = await scriptedServer((asked) =>
      verb(asked) === 'borrow' ? lease(100) : recorded,
    )
    const limiter = server.purser().limiter({ reportEveryMs: 60_000 })
    expect(limiter.tryConsume('ann', 'api')).toBeUndefined()
    const all = await Promise.all(Array.from({ length: 30 }, () => limiter.consume('ann', 'api')))
    expect(all.every(({ allowed }) => allowed)).toBe(true)
    expect(limiter.tryConsume('ann', 'api', 10)).toEqual({
      allowed: true,
      by: 'lease',
      limitKey: 'rate',
      limit: 1_000,
      remaining: 960,
      resetSeconds: undefined,
    })
    expect(await limiter.close()).toBe(0)
    expect(server.asked.map(verb)).toEqual(['borrow', 'return'])
    const [borrow, back] = server.bodies()
    expect(borrow).toMatchObject({
      account_id: 'ann',
      feature_key: 'api',
      quantity: 30,
      lease_seconds: 10,
    })
    expect(back).toEqual({ lease_id: borrow?.['lease_id'], sequence: 1, used_quantity: 40 })
    await expect(limiter.consume('ann', 'api')).rejects.toThrow('closed')
  })

  test('borrows ahead before the lease is used up', async () => {
    await using server = await scriptedServer((asked) =>
      verb(asked) === 'borrow' ? lease(10) : recorded,
    )
    const limiter = server.purser().limiter({ leaseSize: 10, reportEveryMs: 60_000 })
    await limiter.consume('ann', 'api', 4)
    expect(server.asked).toHaveLength(1)
    limiter.tryConsume('ann', 'api')
    await waitFor(() => server.asked.length === 2)
    await waitFor(() => limiter.tryConsume('ann', 'api', 15)?.allowed)
    await limiter.close()
  })

  test('asks the service each time when leases are down to one unit', async () => {
    await using server = await scriptedServer((asked) => {
      if (verb(asked) === 'borrow') return lease(1, { remaining: 3, limit: 5 })
      if (verb(asked) !== 'consume') return recorded
      const standing = { allowed: true, limit_key: 'rate', limit: 5, remaining: 1 }
      return { body: { features: [standing] }, headers: { 'x-ratelimit-reset': '17' } }
    })
    const limiter = server.purser().limiter({ reportEveryMs: 60_000 })
    expect(await limiter.consume('ann', 'api')).toMatchObject({ by: 'lease', remaining: 3 })
    const standing = { limitKey: 'rate', limit: 5, remaining: 1, resetSeconds: 17 }
    const direct = { allowed: true, by: 'service', ...standing }
    expect(await limiter.consume('ann', 'api')).toEqual(direct)
    expect(await limiter.consume('ann', 'api')).toEqual(direct)
    expect(server.asked.map(verb)).toEqual(['borrow', 'consume', 'consume'])
    await limiter.close()
  })

  test('gives back what it has before it asks for more than a lease', async () => {
    await using server = await scriptedServer((asked) => {
      if (verb(asked) === 'borrow') return lease(10)
      return verb(asked) === 'consume' ? refused : recorded
    })
    const limiter = server.purser().limiter({ leaseSize: 10, reportEveryMs: 60_000 })
    await limiter.consume('ann', 'api')
    expect(await limiter.consume('ann', 'api', 11)).toMatchObject({ allowed: false })
    expect(server.asked.map(verb)).toEqual(['borrow', 'return', 'consume'])
    await limiter.close()
  })

  test('believes a refusal for a moment, and only for as many units', async () => {
    await using server = await scriptedServer(() => refused)
    const limiter = server.purser().limiter()
    const refusal: Decision = {
      allowed: false,
      reason: 'limit_exceeded',
      limitKey: 'rate',
      limit: 5,
      remaining: 0,
      resetSeconds: undefined,
      retryAfterSeconds: 30,
    }
    expect(await limiter.consume('ann', 'api')).toEqual(refusal)
    expect(limiter.tryConsume('ann', 'api')).toEqual(refusal)
    expect(await limiter.consume('ann', 'api', 3)).toEqual(refusal)
    expect(server.asked).toHaveLength(1)
    // A moment later the service is asked again.
    await waitFor(() => limiter.tryConsume('ann', 'api') === undefined)
    await limiter.consume('ann', 'api')
    expect(server.asked).toHaveLength(2)
    await limiter.close()
  })

  test('reports in the background, and no less than before', async () => {
    await using server = await scriptedServer((asked) =>
      verb(asked) === 'borrow' ? lease(100) : recorded,
    )
    const limiter = server.purser().limiter({ reportEveryMs: 10 })
    await limiter.consume('ann', 'api', 3)
    await waitFor(() => server.asked.length === 2)
    limiter.tryConsume('ann', 'api', 4)
    await waitFor(() => server.asked.length === 3)
    expect(server.asked.map(verb)).toEqual(['borrow', 'report', 'report'])
    expect(server.bodies().slice(1)).toMatchObject([
      { sequence: 1, used_quantity: 3 },
      { sequence: 2, used_quantity: 7 },
    ])
    await limiter.close()
  })

  test('returns a lease of which it does not know whether it was granted', async () => {
    await using server = await scriptedServer((asked) =>
      verb(asked) === 'borrow'
        ? problem(503, 'platform.unavailable')
        : problem(404, 'resource.not_found'),
    )
    const forfeits: Forfeit[] = []
    const limiter = server
      .purser({ timeoutMs: 2_000 })
      .limiter({ reportEveryMs: 60_000, onForfeit: (one) => forfeits.push(one) })
    expect(await limiter.consume('ann', 'api')).toMatchObject({ reason: 'unreachable' })
    await limiter.close()
    const [borrow] = server.bodies()
    expect(verb(server.asked.at(-1) as Asked)).toBe('return')
    expect(server.bodies().at(-1)).toMatchObject({
      lease_id: borrow?.['lease_id'],
      used_quantity: 0,
    })
    expect(forfeits).toEqual([])
  })

  test('tells of units that the service does not record any more', async () => {
    await using server = await scriptedServer((asked) =>
      verb(asked) === 'borrow' ? lease(100) : problem(409, 'metering.hold_not_open'),
    )
    const forfeits: Forfeit[] = []
    const limiter = server.purser().limiter({ onForfeit: (one) => forfeits.push(one) })
    await limiter.consume('ann', 'api', 3)
    expect(await limiter.close()).toBe(0)
    expect(forfeits).toMatchObject([{ accountId: 'ann', featureKey: 'api', units: 3 }])
  })

  test('throws what is no decision', async () => {
    await using server = await scriptedServer(() => problem(403, 'auth.permission_denied'))
    const limiter = server.purser().limiter()
    await expect(limiter.consume('ann', 'api')).rejects.toMatchObject({
      code: 'auth.permission_denied',
    })
    for (const units of [0, -1, 1.5, Number.NaN]) {
      await expect(limiter.consume('ann', 'api', units)).rejects.toThrow(RangeError)
      expect(() => limiter.tryConsume('ann', 'api', units)).toThrow(RangeError)
    }
    await limiter.close()
  })
})

describe('where the service lends no units', () => {
  const notLent = problem(409, 'metering.holds_unavailable')
  const admitted: Reply = {
    body: { features: [{ limit_key: 'rate', limit: 1_000, remaining: 900 }] },
  }

  test('each decision is the service’s, which is said once', async () => {
    await using server = await scriptedServer((asked) => {
      if (verb(asked) === 'borrow') return notLent
      return JSON.parse(asked.text).account_id === 'bob' ? refused : admitted
    })
    const told: unknown[] = []
    const limiter = server.purser().limiter({ onLeasesRefused: (reason) => told.push(reason) })
    const [first] = await Promise.all([
      limiter.consume('ann', 'api'),
      limiter.consume('ann', 'api', 2),
    ])
    expect(first).toMatchObject({ allowed: true, by: 'service', limit: 1_000, remaining: 900 })
    expect(await limiter.consume('bob', 'api')).toMatchObject({ reason: 'limit_exceeded' })
    expect(limiter.tryConsume('ann', 'api')).toBeUndefined()
    expect(await limiter.consume('ann', 'other')).toMatchObject({ by: 'service' })
    expect(server.asked.map(verb).filter((each) => each === 'borrow')).toHaveLength(1)
    expect(told).toMatchObject([{ code: 'metering.holds_unavailable' }])
    expect(await limiter.close()).toBe(0)
  })

  test('a lease is asked for again a minute later', async () => {
    let lends = false
    let nowMs = 0
    await using server = await scriptedServer((asked) => {
      if (verb(asked) === 'borrow') return lends ? lease(100) : notLent
      return verb(asked) === 'consume' ? admitted : recorded
    })
    const told: unknown[] = []
    const limiter = server.purser().limiter({
      reportEveryMs: 60_000,
      onLeasesRefused: (reason) => told.push(reason),
      clock: { monotonicMs: () => nowMs, wallMs: () => nowMs },
    })
    expect(await limiter.consume('ann', 'api')).toMatchObject({ by: 'service' })
    lends = true
    nowMs = 59_999
    expect(await limiter.consume('ann', 'api')).toMatchObject({ by: 'service' })
    nowMs = 60_000
    expect(await limiter.consume('ann', 'api')).toMatchObject({ by: 'lease' })
    expect(told).toHaveLength(1)
    await limiter.close()
  })
})

describe('in an outage', () => {
  test('a feature whose rule is open admits, and records when the service is back', async () => {
    let isDown = false
    const consumed = new Map<string, number>()
    await using server = await scriptedServer((asked) => {
      if (isDown) return problem(503, 'platform.unavailable')
      if (verb(asked) === 'borrow') return lease(1, { on_outage: 'open' })
      if (verb(asked) !== 'consume') return recorded
      const { id, features } = JSON.parse(asked.text)
      consumed.set(id, features[0].quantity)
      return { body: { features: [{ allowed: true }] } }
    })
    const limiter = server.purser({ timeoutMs: 1_000 }).limiter({ reportEveryMs: 20 })
    await limiter.consume('ann', 'api')
    isDown = true
    expect(await limiter.consume('ann', 'api', 2)).toMatchObject({ allowed: true, by: 'outage' })
    expect(await limiter.consume('ann', 'api', 3)).toMatchObject({ allowed: true, by: 'outage' })
    isDown = false
    await waitFor(() => [...consumed.values()].reduce((sum, units) => sum + units, 0) === 5)
    expect(await limiter.close()).toBe(0)
    expect([...consumed.values()].toSorted()).toEqual([2, 3])
  })

  test('any other refuses, at once from the second time on, and admits again after it', async () => {
    let isDown = true
    await using server = await scriptedServer((asked) => {
      if (isDown) return 'hang'
      return verb(asked) === 'borrow' ? lease(100) : recorded
    })
    const limiter = server.purser({ timeoutMs: 200 }).limiter()
    const refusal = { allowed: false, reason: 'unreachable', retryAfterSeconds: 1 }
    expect(await limiter.consume('ann', 'api')).toMatchObject(refusal)
    const asked = server.asked.length
    expect(await limiter.consume('bob', 'api')).toMatchObject(refusal)
    expect(server.asked).toHaveLength(asked)
    isDown = false
    await waitFor(async () => (await limiter.consume('bob', 'api')).allowed)
    await limiter.close()
  })
})
