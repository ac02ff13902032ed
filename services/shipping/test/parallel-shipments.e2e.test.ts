import { join } from 'node:path'
import { spawnNode } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  as,
  openMalta,
  ShipmentState,
  type ShippingBed,
  startBed,
  wanted,
} from './shipping-harness.ts'

let bed: ShippingBed
let shipping: ReturnType<ShippingBed['createProcess']>['shipping']

beforeAll(async () => {
  bed = await startBed()
  shipping = bed.createProcess().shipping
  await openMalta(shipping)
})
afterAll(() => bed.close())

/** A process that makes shipments at once. */
function spawnWorker(work: readonly object[], moment?: 'before' | 'after') {
  const { adminUrl: url, role, password } = bed.database
  const env = {
    PLACE: JSON.stringify({ url, role, password }),
    // Its requests go through the environment, without bigints.
    WORK: JSON.stringify(work, (_, value) => (typeof value === 'bigint' ? String(value) : value)),
    MOMENT: moment,
  }
  return spawnNode([join(import.meta.dirname, 'shipping-worker.ts')], { env })
}

test('two processes that ship the same lines at once never ship more than was ordered', async () => {
  const ordered = { a: 20n, b: 30n }
  const work = Array.from({ length: 60 }, (_, n) => {
    const quantity = BigInt((n % 3) + 1)
    const a = { orderLineId: 'a', quantity, orderedQuantity: ordered.a }
    const b = { orderLineId: 'b', quantity, orderedQuantity: ordered.b }
    const lines = [[a, b], [b, a], [b]][n % 3] ?? []
    return wanted('standard', { orderId: 'shared', lines })
  })
  await using one = spawnWorker(work.filter((_, n) => n % 2 === 0))
  await using two = spawnWorker(work.filter((_, n) => n % 2 === 1))
  const outcomes: string[] = []
  for (const worker of [one, two]) {
    const [line] = await worker.waitForLine(/^\[.*\]$/, { timeoutMs: 60_000 })
    outcomes.push(...JSON.parse(line))
  }
  expect(new Set(outcomes)).toEqual(new Set(['made', 'shipping.exceeds_ordered']))
  const rows = await bed.database.adminQuery<{
    order_line_id: string
    sent: bigint
    in_parcels: string
  }>(
    `select o.order_line_id, o.sent_quantity as sent, sum(l.quantity) as in_parcels
     from shipping.order_line as o
     join shipping.shipment_line as l using (tenant_id, order_id, order_line_id)
     where o.order_id = 'shared'
     group by o.tenant_id, o.order_id, o.order_line_id
     order by 1`,
  )
  for (const { order_line_id: id, sent, in_parcels: inParcels } of rows) {
    expect(BigInt(inParcels)).toBe(BigInt(sent))
    expect(BigInt(sent)).toBeLessThanOrEqual(ordered[id as 'a' | 'b'])
  }
  // Those of line b alone have three units: none was refused while there was room.
  expect(BigInt(rows[1]?.sent ?? 0)).toBeGreaterThan(ordered.b - 3n)
  const made = outcomes.filter((outcome) => outcome === 'made').length
  const stored = `select count(*) from shipping.shipment where order_id = 'shared'`
  expect(await bed.count(stored)).toBe(made)
})

describe.each(['before', 'after'] as const)(
  'a process that dies %s its carrier answers',
  (moment) => {
    test('leaves one shipment and gets one label, by asking again', async () => {
      const request = wanted('standard')
      await using killed = spawnWorker([request], moment)
      expect(await killed.exited, killed.output()).toMatchObject({ signal: 'SIGKILL' })
      const made = moment === 'after' ? 1 : 0
      const labels = `select count(*) from shipping.sandbox_label as s
      join shipping.shipment as p on p.shipment_id = s.idempotency_key
      where p.order_id = $1`
      expect(await bed.count(labels, [request.orderId])).toBe(made)
      const resumed = await shipping.createShipment(request, as())
      expect(resumed.state).toBe(ShipmentState.LABEL_READY)
      expect(await bed.count(labels, [request.orderId])).toBe(1)
      const shipments = 'select count(*) from shipping.shipment where order_id = $1'
      expect(await bed.count(shipments, [request.orderId])).toBe(1)
    })
  },
)
