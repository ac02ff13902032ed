import { createHmac } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { sandboxCarrierSecret } from '../src/sandbox/sandbox-webhook.ts'
import {
  as,
  openMalta,
  pathOf,
  ShipmentState,
  type ShippingBed,
  type ShippingProcess,
  startBed,
  wanted,
} from './shipping-harness.ts'
import { bodyOf, SECRET, signatureOf } from './webhook-fixture.ts'

let bed: ShippingBed
let process: ShippingProcess

beforeAll(async () => {
  bed = await startBed()
  process = bed.createProcess()
  await openMalta(process.shipping)
})
afterAll(() => bed.close())

const RECEIVED = [200, '{"received":true}']

async function send(body: Uint8Array, signature?: string, carrier = 'sandbox') {
  const header = signature ?? signatureOf(body, bed.clock.now())
  const reply = await process.shipping.receiveTracking(
    { carrier, body: { contentType: 'application/json', data: body } },
    { headers: { 'sandbox-signature': header } },
  )
  return [reply.status, Buffer.from(reply.data).toString()]
}

const ship = async (methodKey = 'standard') =>
  await process.shipping.createShipment(wanted(methodKey), as())
const get = (shipmentId: string) =>
  process.shipping.getShipment({ tenant: 'acme', shipmentId }, as())

let eventCount = 0

/** News about a parcel, of which no other has the id. */
function news(
  { shipmentId, trackingNumber }: { shipmentId: string; trackingNumber: string },
  status: string,
  changes: Partial<Parameters<typeof bodyOf>[0]> = {},
) {
  const eventId = `evt_${++eventCount}`
  return bodyOf({ eventId, key: shipmentId, trackingNumber, status, ...changes })
}

const dispositionOf = async (eventId: string) => {
  const rows = await bed.database.adminQuery<{ disposition: string; detail: string }>(
    'select disposition, detail from shipping.tracking_event where event_id = $1',
    [eventId],
  )
  return rows.map(({ disposition, detail }) => `${disposition}${detail && `: ${detail}`}`)
}

describe('a webhook', () => {
  test('moves a shipment, once however often it comes', async () => {
    const shipment = await ship()
    const body = news(shipment, 'picked_up', { eventId: 'often' })
    const answers = await Promise.all(Array.from({ length: 10 }, () => send(body)))
    expect(answers).toEqual(Array.from({ length: 10 }, () => RECEIVED))
    await send(news(shipment, 'picked_up', { eventId: 'another' }))
    expect(pathOf(await get(shipment.shipmentId))).toBe('created label_ready shipped')
    expect(await dispositionOf('often')).toEqual(['applied'])
    expect(await dispositionOf('another')).toEqual(['nothing_new'])
    const facts = `select count(*) from shipping.outbox where payload ->> 'shipment_id' = $1
      and subject = 'shipment.shipped'`
    expect(await bed.count(facts, [shipment.shipmentId])).toBe(1)
  })

  test('that is late changes nothing, and one for which there is no state neither', async () => {
    const shipment = await ship()
    for (const status of ['delivered', 'in_transit', 'picked_up', 'label_ready', 'customs']) {
      await send(news(shipment, status, { eventId: `late-${status}` }))
    }
    expect(pathOf(await get(shipment.shipmentId))).toBe('created label_ready delivered')
    expect(await dispositionOf('late-picked_up')).toEqual(['nothing_new'])
    expect(await dispositionOf('late-customs')).toEqual(['nothing_new'])
  })

  test('brings the label that the carrier made in silence', async () => {
    const shipment = await ship('silent_after')
    const [book] = await bed.database.adminQuery<{ tracking_number: string }>(
      'select tracking_number from shipping.sandbox_label where idempotency_key = $1',
      [shipment.shipmentId],
    )
    const trackingNumber = book?.tracking_number ?? ''
    await send(news({ ...shipment, trackingNumber }, 'in_transit'))
    const found = await get(shipment.shipmentId)
    expect(pathOf(found)).toBe('created label_ready in_transit')
    expect(found.trackingNumber).toBe(trackingNumber)
  })

  test('that contradicts what is known, or is about something else, is parked', async () => {
    const canceled = await ship()
    const { shipmentId } = canceled
    await process.shipping.cancelShipment({ tenant: 'acme', shipmentId }, as())
    await send(news(canceled, 'picked_up', { eventId: 'after-cancel' }))
    const delivered = await ship()
    await send(news(delivered, 'delivered'))
    await send(news(delivered, 'lost', { eventId: 'lost-delivered' }))
    await send(news(delivered, 'picked_up', { eventId: 'other-number', trackingNumber: 'X1' }))
    await send(news(delivered, 'picked_up', { eventId: 'no-number', trackingNumber: '' }))
    await send(news(delivered, 'picked_up', { eventId: 'not-here', key: 'ship_never' }))
    await send(news(delivered, 'returned_to_sender', { eventId: 'theirs', tenant: 'globex' }))
    const details = {
      'after-cancel': 'shipped at the carrier, canceled here',
      'lost-delivered': 'failed at the carrier, delivered here',
      'other-number': 'another tracking number',
      'no-number': 'another tracking number',
      'not-here': 'no such shipment',
      theirs: 'no such shipment',
    }
    for (const [eventId, detail] of Object.entries(details)) {
      expect(await dispositionOf(eventId)).toEqual([`parked: ${detail}`])
    }
    expect(pathOf(await get(shipmentId))).toBe('created label_ready canceled')
    expect((await get(delivered.shipmentId)).state).toBe(ShipmentState.DELIVERED)
    expect(process.lines.filter((line) => line.includes('is parked'))).toHaveLength(6)
  })
})

describe('refused is', () => {
  const refused = { code: 'shipping.webhook_refused' }
  const about = { shipmentId: 'ship_1', trackingNumber: 'SBX1' }
  const now = () => bed.clock.now()
  const epochSeconds = () => Math.floor(now().epochMilliseconds / 1_000)
  const digest = (secret: string, text: string) =>
    createHmac('sha256', secret).update(text).digest('hex')

  test.each<[string, (body: Buffer) => string]>([
    ['no signature', () => ''],
    ['an empty scheme', () => `t=${epochSeconds()},v1=`],
    ['the right length, the wrong bytes', () => `t=${epochSeconds()},v1=${'0'.repeat(64)}`],
    ['another key', (body) => `t=${epochSeconds()},v1=${digest('k', `${epochSeconds()}.${body}`)}`],
    ['another body', () => signatureOf(Buffer.from('{}'), now())],
    [
      'another time than was signed',
      (body) => signatureOf(body, now()).replace(/t=\d+/, `t=${epochSeconds() + 1}`),
    ],
    ['two times', (body) => `t=${epochSeconds()},${signatureOf(body, now())}`],
    ['a replay after its time', (body) => signatureOf(body, now().subtract({ seconds: 301 }))],
    ['a message from the future', (body) => signatureOf(body, now().add({ seconds: 301 }))],
  ])('%s', async (_, sign) => {
    const body = news(about, 'delivered')
    await expect(send(body, sign(body))).rejects.toMatchObject(refused)
  })

  test('a message that payments are told', async () => {
    const body = news(about, 'delivered')
    const secret = sandboxCarrierSecret(`${SECRET}!`)
    const signature = `t=${epochSeconds()},v1=${digest(secret, `${epochSeconds()}.${body}`)}`
    await expect(send(body, signature)).rejects.toMatchObject(refused)
  })

  test.each([
    ['no JSON', '{'],
    ['bytes that are no UTF-8', Buffer.from([0xff, 0xfe])],
    ['null', 'null'],
    ['a list', '[]'],
    ['no parcel', '{"id":"e","tenant":"acme"}'],
    ['a number for an id', '{"id":1,"tenant":"acme","parcel":{"key":"k","status":"s"}}'],
    ['no tenant', '{"id":"e","tenant":"","parcel":{"key":"k","status":"s","tracking_number":"t"}}'],
    [
      'all tenants',
      '{"id":"e","tenant":"*","parcel":{"key":"k","status":"s","tracking_number":"t"}}',
    ],
    [
      'a NUL',
      String.raw`{"id":"e\u0000","tenant":"acme","parcel":{"key":"k","status":"s","tracking_number":"t"}}`,
    ],
    [
      'half a character',
      String.raw`{"id":"e\ud800","tenant":"acme","parcel":{"key":"k","status":"s","tracking_number":"t"}}`,
    ],
    ['an inherited field', '{"__proto__":{"id":"e"},"tenant":"acme","parcel":{}}'],
    ['an endless id', JSON.stringify({ id: 'e'.repeat(256), tenant: 'acme', parcel: {} })],
  ])('%s, though it is signed', async (_, text) => {
    await expect(send(Buffer.from(text))).rejects.toMatchObject(refused)
  })

  test('an unknown carrier, and more than a carrier has to say', async () => {
    const body = news(about, 'delivered')
    await expect(send(body, undefined, 'pigeon')).rejects.toMatchObject({
      code: 'resource.not_found',
    })
    await expect(send(Buffer.alloc(262_145))).rejects.toMatchObject({
      code: 'request.body_too_large',
    })
  })

  test('and leaves no trace', async () => {
    const before = await bed.count('select count(*) from shipping.tracking_event')
    await expect(send(news(about, 'delivered'), 'v1=1')).rejects.toMatchObject(refused)
    expect(await bed.count('select count(*) from shipping.tracking_event')).toBe(before)
  })
})
