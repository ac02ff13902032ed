import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import {
  as,
  asPerson,
  openMalta,
  pathOf,
  recipient,
  ShipmentState,
  type ShippingBed,
  type ShippingProcess,
  startBed,
  wanted,
} from './shipping-harness.ts'

let bed: ShippingBed
let process: ShippingProcess
let shipping: ShippingProcess['shipping']

beforeAll(async () => {
  bed = await startBed()
  process = bed.createProcess()
  shipping = process.shipping
  await openMalta(shipping)
})
afterAll(() => bed.close())

const create = (request: ReturnType<typeof wanted>) =>
  shipping.createShipment(request, as(request.tenant))
const get = (shipmentId: string) => shipping.getShipment({ tenant: 'acme', shipmentId }, as())
const cancel = (shipmentId: string) => shipping.cancelShipment({ tenant: 'acme', shipmentId }, as())
const move = (shipmentId: string, state: ShipmentState) =>
  shipping.moveShipment({ tenant: 'acme', shipmentId, state }, asPerson('usr_ann'))
const labels = (shipmentId: string) =>
  bed.count('select count(*) from shipping.sandbox_label where idempotency_key = $1', [shipmentId])
const factsAbout = async (shipmentId: string) => {
  const rows = await bed.database.adminQuery<{ subject: string; payload: object }>(
    `select subject, payload from shipping.outbox
     where payload ->> 'shipment_id' = $1 and subject like 'shipment.%' order by seq`,
    [shipmentId],
  )
  return rows
}
const sent = (orderId: string) =>
  bed.count(
    'select coalesce(sum(sent_quantity), 0) as count from shipping.order_line where order_id = $1',
    [orderId],
  )

/** Lets the job worker run until the end of the test. */
async function withJobs() {
  const worker = bed.createProcess()
  await worker.start()
  onTestFinished(() => worker.stop())
}

describe('a shipment', () => {
  test('has a label, a number and a history, in its tenant alone', async () => {
    const created = await create(wanted('standard', { weightGrams: 700n }))
    expect(created).toMatchObject({ state: ShipmentState.LABEL_READY, carrier: 'sandbox' })
    expect(created.trackingNumber).toMatch(/^SBX[0-9A-Z]{26}$/)
    const found = await get(created.shipmentId)
    expect(pathOf(found)).toBe('created label_ready')
    expect(found.recipient).toMatchObject({ ...recipient, email: 'zoe@example.com' })
    expect(found.transitions[0]?.cause).toBe('service:test')
    const theirs = { tenant: 'globex', shipmentId: created.shipmentId }
    const unknown = { code: 'resource.not_found' }
    await expect(shipping.getShipment(theirs, as('globex'))).rejects.toMatchObject(unknown)
    await expect(shipping.getShipmentLabel(theirs, as('globex'))).rejects.toMatchObject(unknown)
    await expect(shipping.cancelShipment(theirs, as('globex'))).rejects.toMatchObject(unknown)
    const state = ShipmentState.SHIPPED
    const moving = shipping.moveShipment({ ...theirs, state }, as('globex'))
    await expect(moving).rejects.toMatchObject(unknown)
    const list = await shipping.listShipments({ tenant: 'globex' }, as('globex'))
    expect(list.shipments).toEqual([])
  })

  test('is one a key, however often it is asked for', async () => {
    const request = wanted()
    const all = await Promise.all(Array.from({ length: 10 }, () => create(request)))
    expect(new Set(all.map(({ shipmentId }) => shipmentId)).size).toBe(1)
    expect(await labels(all[0]?.shipmentId ?? '')).toBe(1)
    expect(await sent(request.orderId)).toBe(2)
    const other = { ...request, recipient: { ...recipient, name: 'Somebody else' } }
    await expect(create(other)).rejects.toMatchObject({ code: 'request.idempotency_mismatch' })
  })

  test('goes by the confirmed quote of its order when no method is named, also once that is gone', async () => {
    const tenant = 'quoted'
    await openMalta(shipping, tenant)
    const lines = [{ quantity: 1n, amount: { amountCents: 100n, currency: 'EUR' } }]
    const asked = { tenant, currency: 'EUR', address: recipient.address, lines }
    const { quotes } = await shipping.quoteShipping(asked, as(tenant))
    const quoteId = quotes.find(({ methodKey }) => methodKey === 'standard')?.quoteId ?? ''
    const request = wanted('', { tenant })
    const unknown = { code: 'shipping.unknown_method' }
    await expect(create(request)).rejects.toMatchObject(unknown)
    await expect(create({ ...request, methodKey: 'never' })).rejects.toMatchObject(unknown)
    await shipping.confirmQuote({ ...asked, quoteId, orderId: request.orderId }, as(tenant))
    await shipping.deleteMethod({ tenant, methodKey: 'standard' }, as(tenant))
    expect(await create(request)).toMatchObject({ methodKey: 'standard' })
  })

  test('that the carrier refuses has failed, and its units can be sent again', async () => {
    const request = wanted('refuses')
    const refused = await create(request)
    expect(refused).toMatchObject({ state: ShipmentState.FAILED, failureCode: 'refused' })
    expect(await sent(request.orderId)).toBe(0)
    expect(await create(request)).toMatchObject({ shipmentId: refused.shipmentId })
    const { orderId } = request
    expect(await create(wanted('standard', { orderId }))).toMatchObject({ carrier: 'sandbox' })
    await expect(cancel(refused.shipmentId)).rejects.toMatchObject({
      code: 'shipping.not_cancelable',
    })
  })

  test('whose carrier fell silent after making the label gets that label, by asking again', async () => {
    const request = wanted('silent_after')
    const silent = await create(request)
    expect(silent.state).toBe(ShipmentState.CREATED)
    expect((await create(request)).shipmentId).toBe(silent.shipmentId)
    expect(await labels(silent.shipmentId)).toBe(1)
    // A carrier that answers again: the shipment is asked for under the same key.
    const answering = bed.createProcess({
      wire: (carrier) => ({
        ...carrier,
        createLabel: (ask, signal) => carrier.createLabel({ ...ask, service: 'standard' }, signal),
      }),
    })
    const answered = await answering.shipping.createShipment(request, as())
    expect(answered).toMatchObject({ state: ShipmentState.LABEL_READY })
    const [book] = await bed.database.adminQuery<{ tracking_number: string }>(
      'select tracking_number from shipping.sandbox_label where idempotency_key = $1',
      [silent.shipmentId],
    )
    expect(book?.tracking_number).toBe(answered.trackingNumber)
    expect(await labels(silent.shipmentId)).toBe(1)
  })

  test('that nobody has an answer for is asked for again by the sweep', async () => {
    const before = await create(wanted('silent_before'))
    expect(before.state).toBe(ShipmentState.CREATED)
    const worker = bed.createProcess({
      wire: (carrier) => ({
        ...carrier,
        createLabel: (ask, signal) => carrier.createLabel({ ...ask, service: 'standard' }, signal),
      }),
    })
    bed.clock.add({ minutes: 5 })
    await worker.start()
    onTestFinished(() => worker.stop())
    const ready = await waitFor(async () => {
      const found = await get(before.shipmentId)
      return found.state === ShipmentState.LABEL_READY ? found : undefined
    })
    expect(ready.transitions.at(-1)?.cause).toBe('job')
    expect(await labels(before.shipmentId)).toBe(1)
  })

  test('whose carrier answers twice has one label and one history', async () => {
    await withJobs()
    const { shipmentId } = await create(wanted('answers_twice'))
    await waitFor(async () => {
      const told = 'select count(*) from shipping.tracking_event where label_key = $1'
      return (await bed.count(told, [shipmentId])) === 1
    })
    expect(pathOf(await get(shipmentId))).toBe('created label_ready')
    expect(await labels(shipmentId)).toBe(1)
  })
})

describe('units', () => {
  const line = (quantity: bigint, orderedQuantity = 5n, orderLineId = 'a') => ({
    orderLineId,
    quantity,
    orderedQuantity,
  })
  const ship = (orderId: string, ...lines: ReturnType<typeof line>[]) =>
    create(wanted('standard', { orderId, lines }))

  test('go in several shipments, and never more than were ordered', async () => {
    const orderId = 'parts'
    await ship(orderId, line(2n), line(1n, 1n, 'b'))
    await ship(orderId, line(2n))
    await expect(ship(orderId, line(2n))).rejects.toMatchObject({
      code: 'shipping.exceeds_ordered',
      details: { order_line_id: 'a' },
    })
    await expect(ship(orderId, line(1n), line(1n, 1n, 'b'))).rejects.toMatchObject({
      code: 'shipping.exceeds_ordered',
      details: { order_line_id: 'b' },
    })
    expect(await sent(orderId)).toBe(5)
    await ship(orderId, line(1n))
    expect(await sent(orderId)).toBe(6)
    await expect(ship('too-many', line(6n))).rejects.toMatchObject({
      code: 'shipping.exceeds_ordered',
    })
  })

  test('of a line are ordered once and for all', async () => {
    await ship('fixed', line(1n))
    await expect(ship('fixed', line(1n, 50n))).rejects.toMatchObject({
      code: 'shipping.line_mismatch',
    })
    await expect(ship('fixed', line(1n), line(2n))).rejects.toMatchObject({
      code: 'request.invalid',
    })
  })

  test('are guarded by the database itself', async () => {
    await ship('guarded', line(5n))
    const cheat = bed.database.adminQuery(
      `update shipping.order_line set sent_quantity = 6 where order_id = 'guarded'`,
    )
    await expect(cheat).rejects.toMatchObject({ constraint: 'order_line_sent_within_ordered' })
  })
})

describe('canceling', () => {
  test('frees the units once, however often, and no label comes after it', async () => {
    const request = wanted()
    const { shipmentId } = await create(request)
    const all = await Promise.all(Array.from({ length: 8 }, () => cancel(shipmentId)))
    expect(new Set(all.map(({ state }) => state))).toEqual(new Set([ShipmentState.CANCELED]))
    expect(await sent(request.orderId)).toBe(0)
    expect(pathOf(await get(shipmentId))).toBe('created label_ready canceled')
    await expect(
      shipping.getShipmentLabel({ tenant: 'acme', shipmentId }, as()),
    ).rejects.toMatchObject({ code: 'shipping.label_not_ready' })
    expect((await create(request)).state).toBe(ShipmentState.CANCELED)
  })

  test('ends a label that the carrier never heard of', async () => {
    const request = wanted('silent_before')
    const { shipmentId } = await create(request)
    expect((await cancel(shipmentId)).state).toBe(ShipmentState.CANCELED)
    const books =
      'select count(*) from shipping.sandbox_label where status = $1 and idempotency_key = $2'
    expect(await bed.count(books, ['voided', shipmentId])).toBe(1)
  })

  test('waits for a carrier that is silent', async () => {
    const { shipmentId } = await create(wanted())
    const silent = bed.createProcess({
      wire: (carrier) => ({ ...carrier, voidLabel: () => Promise.reject(new Error('no line')) }),
    })
    const request = { tenant: 'acme', shipmentId }
    await expect(silent.shipping.cancelShipment(request, as())).rejects.toMatchObject({
      code: 'shipping.carrier_silent',
    })
    expect((await get(shipmentId)).state).toBe(ShipmentState.LABEL_READY)
  })

  test('is too late once the carrier has it', async () => {
    const { shipmentId } = await create(wanted())
    await move(shipmentId, ShipmentState.SHIPPED)
    await expect(cancel(shipmentId)).rejects.toMatchObject({ code: 'shipping.not_cancelable' })
  })
})

describe('moving', () => {
  test('tells each fact once, departures included that nobody told', async () => {
    const request = wanted('standard', { accountId: 'ann' })
    const { shipmentId, trackingNumber } = await create(request)
    await move(shipmentId, ShipmentState.DELIVERED)
    await move(shipmentId, ShipmentState.DELIVERED)
    await move(shipmentId, ShipmentState.RETURNED)
    const facts = await factsAbout(shipmentId)
    expect(facts.map(({ subject }) => subject)).toEqual([
      'shipment.shipped',
      'shipment.delivered',
      'shipment.returned',
    ])
    expect(facts[0]?.payload).toEqual({
      shipment_id: shipmentId,
      order_id: request.orderId,
      account_id: 'ann',
      carrier: 'sandbox',
      tracking_number: trackingNumber,
      failure_code: '',
      lines: [{ order_line_id: 'line-1', quantity: '2' }],
    })
    expect((await get(shipmentId)).transitions.at(-1)?.cause).toBe('user:usr_ann')
  })

  test('never goes back, and not to where no carrier brings it', async () => {
    const { shipmentId } = await create(wanted())
    await move(shipmentId, ShipmentState.IN_TRANSIT)
    await expect(move(shipmentId, ShipmentState.SHIPPED)).rejects.toMatchObject({
      code: 'shipping.illegal_move',
    })
    for (const state of [
      ShipmentState.CANCELED,
      ShipmentState.LABEL_READY,
      ShipmentState.CREATED,
    ]) {
      await expect(move(shipmentId, state)).rejects.toMatchObject({ code: 'request.invalid' })
    }
  })

  test('to failed frees the units of a parcel that is lost', async () => {
    const request = wanted()
    const { shipmentId } = await create(request)
    await move(shipmentId, ShipmentState.SHIPPED)
    const lost = await move(shipmentId, ShipmentState.FAILED)
    expect(lost.failureCode).toBe('lost')
    expect(await sent(request.orderId)).toBe(0)
    const [, failed] = await factsAbout(shipmentId)
    expect(failed).toMatchObject({ subject: 'shipment.failed', payload: { failure_code: 'lost' } })
  })
})

test('lists are by order and state, newest first, page by page', async () => {
  const orderId = 'listed'
  const line = { orderLineId: 'l', quantity: 1n, orderedQuantity: 5n }
  const ids: string[] = []
  for (const _ of [1, 2, 3]) {
    ids.unshift((await create(wanted('standard', { orderId, lines: [line] }))).shipmentId)
  }
  await cancel(ids[1] ?? '')
  const list = async (request: object) =>
    await shipping.listShipments({ tenant: 'acme', orderId, ...request }, as())
  const first = await list({ pageSize: 2 })
  expect(first.shipments.map(({ shipmentId }) => shipmentId)).toEqual(ids.slice(0, 2))
  const rest = await list({ pageSize: 2, pageToken: first.nextPageToken })
  expect(rest.shipments.map(({ shipmentId }) => shipmentId)).toEqual(ids.slice(2))
  expect(rest.nextPageToken).toBe('')
  const canceled = await list({ state: ShipmentState.CANCELED })
  expect(canceled.shipments.map(({ shipmentId }) => shipmentId)).toEqual([ids[1]])
  const all = await shipping.listShipments({ tenant: 'acme', state: ShipmentState.FAILED }, as())
  expect(new Set(all.shipments.map(({ state }) => state))).toEqual(new Set([ShipmentState.FAILED]))
})
