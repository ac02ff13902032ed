import assert from 'node:assert/strict'
import { fromJson } from '@bufbuild/protobuf'
import { CreateShipmentRequestSchema } from '@purser/contracts/shipping/v1/shipment'
import { ShippingService } from '@purser/contracts/shipping/v1/shipping'
import { createDatabase } from '@purser/postgres'
import { asService } from '@purser/rpc'
import { noMetrics, silentLogger } from '@purser/runtime'
import { hostServices } from '@purser/testing'
import { type Carrier, createShippingService } from '../src/index.ts'
import { SECRET } from './webhook-fixture.ts'

/**
 * A process of its own. PLACE is the database of the test, WORK the requests for shipments, which it
 * makes at once and whose outcomes it prints as JSON. With MOMENT it dies instead: `before` its carrier
 * is asked, or `after` it made the label.
 */
const { PLACE, WORK, MOMENT } = process.env
assert(PLACE && WORK, 'PLACE and WORK are set')
const place = JSON.parse(PLACE) as { url: string; role: string; password: string }
const work: never[] = JSON.parse(WORK)
const requests = work.map((json) => fromJson(CreateShipmentRequestSchema, json))

async function die(): Promise<never> {
  process.kill(process.pid, 'SIGKILL')
  return await new Promise<never>(() => undefined)
}

const deadly = (carrier: Carrier): Carrier => ({
  ...carrier,
  createLabel: async (request, signal) => {
    if (MOMENT === 'after') await carrier.createLabel(request, signal)
    return await die()
  },
})

const database = createDatabase({ ...place, schema: 'shipping', log: silentLogger })
const service = createShippingService({
  database,
  connection: place,
  clock: { now: () => Temporal.Instant.from('2026-02-15T12:00:00Z') },
  log: silentLogger,
  metrics: noMetrics,
  secret: SECRET,
  ...(MOMENT && { wire: deadly }),
})
const shipping = hostServices(service)(ShippingService)
const outcomes = await Promise.all(
  requests.map((request) =>
    shipping.createShipment(request, asService('test', 'acme')).then(
      () => 'made',
      (error: { code?: string; message: string }) => error.code ?? error.message,
    ),
  ),
)
process.stdout.write(`${JSON.stringify(outcomes)}\n`)
await database.close()
