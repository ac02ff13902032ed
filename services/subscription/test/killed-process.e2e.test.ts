import { join } from 'node:path'
import { spawnNode, waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { feature, type Subscriptions, startSubscription } from './subscription-harness.ts'

let service: Subscriptions

beforeAll(async () => {
  service = await startSubscription()
  await service.createTenant('acme', ['ann'])
  await service.createPlan('acme', 'free', [], { entitlements: [feature()] })
})
afterAll(() => service.close())

test('killed between commit and call: the next process tells metering', async () => {
  const places = Object.entries(service.places).map(([name, { adminUrl, role, password }]) => [
    name,
    { adminUrl, role, password },
  ])
  const env = { PLACES: JSON.stringify(Object.fromEntries(places)) }
  await using killed = spawnNode([join(import.meta.dirname, 'killed-process.ts')], { env })
  expect(await killed.exited, killed.output()).toMatchObject({ signal: 'SIGKILL' })

  expect(await service.list('acme', 'ann')).toHaveLength(1)
  expect(await service.revisions('acme', 'ann')).toEqual({ own: 1, told: 0, known: 0 })
  const stop = await service.startWorker()
  try {
    await waitFor(async () => (await service.revisions('acme', 'ann')).told === 1)
    expect(await service.revisions('acme', 'ann')).toEqual({ own: 1, told: 1, known: 1 })
  } finally {
    await stop()
  }
})
