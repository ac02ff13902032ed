import { PurserError } from '@purser/kernel'
import { expect, test } from 'vitest'
import { HealthRegistry } from './health.ts'
import { silentLogger } from './logger.ts'

const never = () => new Promise<void>(() => undefined)

test('ready when every check passes; live always', async () => {
  const health = new HealthRegistry({ log: silentLogger })
  expect((await health.ready()).ready).toBe(true)
  health.add({ name: 'postgres', check: async () => undefined })
  expect(await health.ready()).toEqual({
    ready: true,
    draining: false,
    checks: [{ name: 'postgres', ok: true, message: 'ok' }],
  })
  expect(health.live()).toEqual({ live: true })
})

test('a failing check says nothing internal, a slow one is bounded', async () => {
  const health = new HealthRegistry({ log: silentLogger, checkTimeoutMs: 20 })
  health.add({ name: 'broken', check: () => Promise.reject(new Error('host db-7 refused')) })
  health.add({
    name: 'refused',
    check: () => Promise.reject(new PurserError('platform.unavailable', 'no primary')),
  })
  health.add({ name: 'throws', check: () => JSON.parse('{') })
  health.add({ name: 'hangs', check: never })
  const { ready, checks } = await health.ready()
  expect(ready).toBe(false)
  expect(checks.map((check) => check.message)).toEqual([
    'failed',
    'no primary',
    'failed',
    'no answer within 20 ms',
  ])
})

test('draining is not ready although every check passes', async () => {
  const health = new HealthRegistry({ log: silentLogger })
  health.add({ name: 'postgres', check: async () => undefined })
  health.drain()
  expect(await health.ready()).toMatchObject({
    ready: false,
    draining: true,
    checks: [{ ok: true }],
  })
})
