import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  addThing,
  ann,
  type Bed,
  callAs,
  made,
  startBed,
  thingsIn,
  wanted,
} from './acts-bed.fixture.ts'

let near: Bed
let far: Bed
beforeAll(async () => {
  near = await startBed({ maxConnections: 2 })
  far = await startBed({ maxConnections: 2 })
})
afterAll(async () => {
  await near.close()
  await far.close()
})

test('what a handler asks of others before it writes holds no connection, with a key neither', async () => {
  const client = near.client(async ({ meter }) => {
    await near.acts.database.tx('acme', thingsIn, { readOnly: true })
    const { total, idle } = near.db.database.poolUse()
    expect(total - idle).toBe(0)
    await near.acts.database.tx('acme', (tx) => addThing(tx, meter?.meterKey ?? ''))
    return made(meter?.meterKey ?? '')
  })
  await client.createMeter(wanted('plain'), callAs(ann))
  await client.createMeter(wanted('keyed'), callAs(ann, { 'idempotency-key': 'k' }))
  expect(await near.things()).toEqual(['keyed', 'plain'])
})

test('forty acts at once that ask another service first get along with two connections each', async () => {
  const inFar = far.client(async ({ meter }) => {
    const key = meter?.meterKey ?? ''
    await far.acts.database.tx('acme', (tx) => addThing(tx, key))
    return made(key)
  })
  const inNear = near.client(async ({ meter }) => {
    const key = meter?.meterKey ?? ''
    await inFar.createMeter(wanted(key), callAs(ann))
    await near.acts.database.tx('acme', (tx) => addThing(tx, key))
    await near.acts.database.tx('acme', thingsIn)
    return made(key)
  })
  const keys = Array.from({ length: 40 }, (_, n) => `at-once-${n}`)
  await Promise.all(
    keys.map((key, n) =>
      inNear.createMeter(wanted(key), callAs(ann, n % 2 ? { 'idempotency-key': key } : {})),
    ),
  )
  expect((await near.things()).filter((name) => name.startsWith('at-once'))).toHaveLength(40)
  expect((await far.things()).filter((name) => name.startsWith('at-once'))).toHaveLength(40)
  expect((await near.recorded()).length).toBe(42)
})
