import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isLegal, type ShipmentState, transitions } from '../src/domain/shipment-state.ts'
import { as, openMalta, type ShippingBed, startBed, wanted } from './shipping-harness.ts'
import { bodyOf, signatureOf } from './webhook-fixture.ts'

let bed: ShippingBed
let shipping: ReturnType<ShippingBed['createProcess']>['shipping']

beforeAll(async () => {
  bed = await startBed()
  shipping = bed.createProcess().shipping
  await openMalta(shipping)
})
afterAll(() => bed.close())

test('the database knows the same moves', async () => {
  const [row] = await bed.database.adminQuery<{ text: string }>(
    `select prosrc as text from pg_proc where proname = 'shipment_may_move'`,
  )
  const words = (row?.text ?? '').match(/(?<=')\w+(?=')/g) ?? []
  const inDatabase = words.flatMap((to, index) => (index % 2 ? [`${words[index - 1]} ${to}`] : []))
  const inCode = Object.entries(transitions).flatMap(([from, all]) =>
    all.map((to) => `${from} ${to}`),
  )
  expect(inDatabase.sort()).toEqual(inCode.sort())
})

const told = fc.constantFrom(
  'label_ready',
  'picked_up',
  'in_transit',
  'delivered',
  'returned_to_sender',
  'lost',
  'customs',
)
const acts = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: told },
    { weight: 1, arbitrary: fc.constant('cancel') },
    { weight: 1, arbitrary: fc.constant('create again') },
  ),
  { minLength: 1, maxLength: 8 },
)
const services = fc.constantFrom('standard', 'refuses', 'silent_after', 'silent_before')

test('whatever comes in whatever order, at once or not: moves are legal, facts are told once, units add up', async () => {
  let run = 0
  const property = fc.asyncProperty(services, acts, fc.boolean(), async (service, all, atOnce) => {
    const request = wanted(service)
    const { shipmentId } = await shipping.createShipment(request, as())
    run += 1
    const [book] = await bed.database.adminQuery<{ tracking_number: string }>(
      'select tracking_number from shipping.sandbox_label where idempotency_key = $1',
      [shipmentId],
    )
    const trackingNumber = book?.tracking_number ?? 'SBX-OF-A-LABEL-IN-SILENCE'
    const act = async (name: string, index: number): Promise<void> => {
      if (name === 'create again') return void (await shipping.createShipment(request, as()))
      if (name === 'cancel') {
        const canceling = shipping.cancelShipment({ tenant: 'acme', shipmentId }, as())
        return void (await canceling.catch((error: { code?: string }) => {
          expect(error.code).toBe('shipping.not_cancelable')
        }))
      }
      const eventId = `machine-${run}-${index}`
      const data = bodyOf({ eventId, key: shipmentId, trackingNumber, status: name })
      await shipping.receiveTracking(
        { carrier: 'sandbox', body: { contentType: 'application/json', data } },
        { headers: { 'sandbox-signature': signatureOf(data, bed.clock.now()) } },
      )
    }
    if (atOnce) await Promise.all(all.map(act))
    else for (const [index, name] of all.entries()) await act(name, index)
    await checkStored(shipmentId, request.orderId)
  })
  await fc.assert(property, { numRuns: 40 })
}, 60_000)

async function checkStored(shipmentId: string, orderId: string): Promise<void> {
  const [stored] = await bed.database.adminQuery<{
    state: ShipmentState
    states: ShipmentState[]
    origins: (ShipmentState | null)[]
    facts: string[]
    sent: number
  }>(
    `select state,
       (select json_agg(to_state order by number) from shipping.shipment_transition
         where shipment_id = $1) as states,
       (select json_agg(from_state order by number) from shipping.shipment_transition
         where shipment_id = $1) as origins,
       (select coalesce(json_agg(subject order by seq), '[]') from shipping.outbox
         where payload ->> 'shipment_id' = $1 and subject like 'shipment.%') as facts,
       (select sum(sent_quantity)::integer from shipping.order_line where order_id = $2) as sent
     from shipping.shipment
     where shipment_id = $1
       and version = (select count(*) from shipping.shipment_transition where shipment_id = $1)`,
    [shipmentId, orderId],
  )
  if (stored === undefined) throw new Error('the history is not as long as the version says')
  const { state, states, origins, facts, sent } = stored
  expect(states.at(-1)).toBe(state)
  expect(origins).toEqual([null, ...states.slice(0, -1)])
  for (const [index, to] of states.slice(1).entries()) {
    expect(isLegal(states[index] ?? 'created', to)).toBe(true)
  }
  const left = states.some((s) => ['shipped', 'in_transit', 'delivered', 'returned'].includes(s))
  expect(facts).toEqual([
    ...(left ? ['shipment.shipped'] : []),
    ...states
      .filter((s) => s === 'delivered' || s === 'returned' || s === 'failed')
      .map((s) => `shipment.${s}`),
  ])
  expect(sent).toBe(state === 'canceled' || state === 'failed' ? 0 : 2)
}
