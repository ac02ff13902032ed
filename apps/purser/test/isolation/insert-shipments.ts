import type { Bed } from './bed.ts'
import type { Words } from './names.ts'

const now = '2026-01-01T00:00:00Z'
/** Quotes that are over are removed. */
const later = '2099-01-01T00:00:00Z'
/** Whoever puts a zone or a method gives it its name: one that every tenant may use. */
const [zone, method] = ['islands', 'post']

/** A zone, a method with a rate, a quote that an order has, and a shipment with what its carrier told, as rows. */
export async function insertShipments(bed: Bed, tenant: string, words: Words) {
  const names = await insertMethod(bed, tenant, words)
  return { ...names, ...(await insertShipment(bed, tenant, words)), carrier: 'sandbox' }
}

async function insertMethod({ query }: Bed, tenant: string, { id, text, marker }: Words) {
  await query('insert into shipping.zone (tenant_id, zone_key, title) values ($1, $2, $3)', [
    tenant,
    zone,
    text('zone'),
  ])
  await query(
    `insert into shipping.zone_area (tenant_id, zone_key, country, region, postal_prefix)
     values ($1, $2, 'MT', $3, '')`,
    [tenant, zone, marker],
  )
  await query(
    `insert into shipping.method (tenant_id, method_key, title, carrier, carrier_service, is_active, position)
     values ($1, $2, $3, 'sandbox', 'standard', true, 0)`,
    [tenant, method, text('method')],
  )
  await query(
    `insert into shipping.rate (tenant_id, method_key, zone_key, currency, basis) values ($1, $2, $3, 'EUR', 'pieces')`,
    [tenant, method, zone],
  )
  await query(
    `insert into shipping.rate_tier (tenant_id, method_key, zone_key, currency, position, price_minor)
     values ($1, $2, $3, 'EUR', 1, 500)`,
    [tenant, method, zone],
  )
  const quoted = [tenant, id('quote'), method, text('quote'), later]
  await query(
    `insert into shipping.quote (tenant_id, quote_id, fingerprint, method_key, title, carrier, carrier_service,
       currency, price_minor, expires_at)
     values ($1, $2, sha256(''), $3, $4, 'sandbox', 'standard', 'EUR', 500, $5)`,
    quoted,
  )
  await query(
    `insert into shipping.confirmation (tenant_id, order_id, quote_id, fingerprint, method_key, title, carrier,
       carrier_service, currency, price_minor, expires_at, confirmed_at)
     values ($1, $6, $2, sha256(''), $3, $4, 'sandbox', 'standard', 'EUR', 500, $5, $7)`,
    [...quoted, id('order'), now],
  )
  return { zone_key: zone, method_key: method }
}

async function insertShipment({ query }: Bed, tenant: string, { id, text, marker }: Words) {
  const [shipment, line] = [id('shipment'), id('line')]
  await query(
    `insert into shipping.sandbox_label (tenant_id, idempotency_key, tracking_number, status, created_at)
     values ($1, $2, $3, 'ready', $4)`,
    [tenant, shipment, text('tracking'), now],
  )
  await query(
    `insert into shipping.order_line (tenant_id, order_id, order_line_id, ordered_quantity, sent_quantity)
     values ($1, $2, $3, 2, 1)`,
    [tenant, id('order'), line],
  )
  const recipient = {
    name: marker,
    address: { lines: [marker], city: marker, region: '', postalCode: '', country: 'MT' },
  }
  await query(
    `insert into shipping.shipment (tenant_id, shipment_id, idempotency_key, request_hash, order_id, account_id, state,
       version, method_key, carrier, carrier_service, tracking_number, weight_grams, recipient, email, created_at, updated_at)
     values ($1, $2, $3, sha256(''), $4, $5, 'label_ready', 1, $6, 'sandbox', 'standard', $7, 1, $8, $9, $10, $10)`,
    [
      tenant,
      shipment,
      text('key'),
      id('order'),
      id('account'),
      method,
      text('tracking'),
      JSON.stringify(recipient),
      `${marker}@example.com`,
      now,
    ],
  )
  await query(
    `insert into shipping.shipment_line (tenant_id, shipment_id, order_id, order_line_id, quantity)
     values ($1, $2, $3, $4, 1)`,
    [tenant, shipment, id('order'), line],
  )
  await query(
    `insert into shipping.shipment_transition (tenant_id, shipment_id, number, to_state, cause, created_at)
     values ($1, $2, 1, 'created', $3, $4)`,
    [tenant, shipment, text('cause'), now],
  )
  await query(
    `insert into shipping.tracking_event (tenant_id, carrier, event_id, status, label_key, disposition, detail, received_at)
     values ($1, 'sandbox', $2, 'lost', $3, 'parked', $4, $5)`,
    [tenant, id('tracking'), text('label'), text('detail'), now],
  )
  return { shipment_id: shipment }
}
