import { waitFor } from '@purser/testing'
import { afterAll, beforeAll, expect, test } from 'vitest'
import {
  as,
  openMalta,
  recipient,
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
  for (const tenant of ['acme', 'globex']) await openMalta(shipping, tenant)
})
afterAll(() => bed.close())

type Subjects = { accountIds?: string[]; emails?: string[] }

const ship = async (accountId: string, email: string, tenant = 'acme') =>
  await shipping.createShipment(
    wanted('standard', { tenant, accountId, recipient: { ...recipient, email } }),
    as(tenant),
  )
const deliver = ({ shipmentId }: { shipmentId: string }) =>
  shipping.moveShipment({ tenant: 'acme', shipmentId, state: ShipmentState.DELIVERED }, as())
const get = (shipmentId: string, tenant = 'acme') =>
  shipping.getShipment({ tenant, shipmentId }, as(tenant))
const erase = (subjects: Subjects) =>
  shipping.erasePersonalData({ tenant: 'acme', ...subjects }, as())

async function exported(subjects: Subjects, tenant = 'acme') {
  const { records } = await shipping.exportPersonalData({ tenant, ...subjects }, as(tenant))
  return records.map(({ kind, json }) => ({ kind, ...JSON.parse(json) }))
}

/** Whether a text stands in any row of the service, its job queue and outbox included. */
async function tablesWith(needle: string): Promise<string[]> {
  const tables = await bed.database.adminQuery<{ name: string }>(
    `select format('%I.%I', n.nspname, c.relname) as name from pg_class as c
     join pg_namespace as n on n.oid = c.relnamespace
     where c.relkind = 'r' and n.nspname in ('shipping', 'shipping_jobs')`,
  )
  const found: string[] = []
  for (const { name } of tables) {
    const rows = `select count(*) from ${name} as t where position($1 in lower(t::text)) > 0`
    if ((await bed.count(rows, [needle])) > 0) found.push(name)
  }
  return found
}

test('an export finds an account and a guest, each alone', async () => {
  const ann = await ship('ann', 'ann@example.com')
  const guest = await ship('', 'Guest@Example.com')
  await ship('ann', 'ann@example.com', 'globex')
  const [of] = await exported({ accountIds: ['ann'] })
  expect(of).toMatchObject({
    kind: 'shipments',
    shipment_id: ann.shipmentId,
    name: recipient.name,
    address: { city: 'Valletta' },
    email: 'ann@example.com',
  })
  const ofGuest = await exported({ emails: ['guest@example.com'] })
  expect(ofGuest.map((record) => record.shipment_id)).toEqual([guest.shipmentId])
  expect(await exported({ accountIds: ['nobody'], emails: ['no@example.com'] })).toEqual([])
})

test('an export goes page by page', async () => {
  for (let n = 0; n < 3; n++) await ship('many', 'many@example.com')
  await bed.database.adminQuery(
    `insert into shipping.shipment
       (tenant_id, shipment_id, idempotency_key, request_hash, order_id, account_id, state, version,
        method_key, carrier, carrier_service, weight_grams, email, created_at, updated_at)
     select 'acme', 'ship_x' || n, 'x' || n, sha256(''), 'o', 'many', 'canceled', 1, 'm', 'sandbox',
       'standard', 0, '', '2026-01-01', '2026-01-01'
     from generate_series(1, 500) as n`,
  )
  const ids = new Set<string>()
  let pages = 0
  for (let pageToken = ''; pages === 0 || pageToken !== ''; pages++) {
    const request = { tenant: 'acme', accountIds: ['many'], pageToken }
    const page = await shipping.exportPersonalData(request, as())
    for (const { json } of page.records) ids.add(JSON.parse(json).shipment_id)
    pageToken = page.nextPageToken
  }
  expect([ids.size, pages]).toEqual([503, 2])
})

/** Lets the sweep run once it is due. */
async function sweepUntil(isDone: () => Promise<boolean>): Promise<void> {
  const worker = bed.createProcess()
  await worker.start()
  try {
    await waitFor(isDone)
  } finally {
    await worker.stop()
  }
}

const isErased = async (shipmentId: string) => (await get(shipmentId)).recipient === undefined

test('an erasure leaves nothing of what arrived, and keeps what is under way until it did', async () => {
  const email = 'eve@private.example'
  const arrived = await ship('eve', email)
  const onItsWay = await ship('eve', email)
  const asGuest = await ship('', email)
  const neverSeen = await ship('eve', email)
  await deliver(arrived)
  const other = await ship('eve', email, 'globex')
  const subjects = { accountIds: ['eve'], emails: ['EVE@private.example'] }
  const first = await erase(subjects)
  expect(first.erasedCount).toBe(1n)
  expect(first.kept).toMatchObject([
    { kind: 'shipments under way with name and address', count: 3n },
    { kind: 'shipments without a name', count: 1n },
  ])
  expect(await isErased(arrived.shipmentId)).toBe(true)
  const label = shipping.getShipmentLabel({ tenant: 'acme', shipmentId: arrived.shipmentId }, as())
  await expect(label).rejects.toMatchObject({ code: 'shipping.label_not_ready' })

  for (const shipment of [onItsWay, asGuest]) {
    const { shipmentId } = shipment
    const state = ShipmentState.SHIPPED
    await shipping.moveShipment({ tenant: 'acme', shipmentId, state }, as())
    expect(await isErased(shipmentId)).toBe(false)
    await deliver(shipment)
    expect(await isErased(shipmentId)).toBe(true)
  }

  bed.clock.add({ hours: 90 * 24 })
  const now = bed.clock.now().epochMilliseconds / 1_000
  expect(Number(first.kept[0]?.keepUntil?.seconds)).toBe(now)
  await sweepUntil(() => isErased(neverSeen.shipmentId))
  const last = await erase(subjects)
  expect(last.erasedCount).toBe(0n)
  expect(last.kept).toMatchObject([{ kind: 'shipments without a name', count: 3n }])
  expect((await get(other.shipmentId, 'globex')).recipient?.email).toBe(email)
  await bed.database.adminQuery(
    `update shipping.shipment set email = '' where tenant_id = 'globex'`,
  )
  expect(await tablesWith(email)).toEqual([])
})

test('a shipment that was never taken, and has no address any more, is called off', async () => {
  const request = wanted('silent_before', { accountId: 'late' })
  const { shipmentId } = await shipping.createShipment(request, as())
  await erase({ accountIds: ['late'] })
  bed.clock.add({ hours: 90 * 24 })
  await sweepUntil(async () => (await get(shipmentId)).transitions.length > 1)
  expect((await get(shipmentId)).state).toBe(ShipmentState.CANCELED)
})
