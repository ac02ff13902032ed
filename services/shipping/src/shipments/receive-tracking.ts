import type { Tx } from '@purser/postgres'
import type { ShippingContext } from '../context.ts'
import type { Carrier, CarrierEvent, WebhookMessage } from '../domain/carrier.ts'
import type { Shipment } from '../domain/shipment.ts'
import { isVoid } from '../domain/shipment-state.ts'
import { findShipment } from '../store/shipment.ts'
import {
  type Disposition,
  insertTrackingEvent,
  setDisposition,
  type TrackingEvent,
} from '../store/tracking-event.ts'
import { moveTo } from './move-to.ts'

type Verdict = { disposition: Disposition; detail: string }

const APPLIED: Verdict = { disposition: 'applied', detail: '' }
const NOTHING_NEW: Verdict = { disposition: 'nothing_new', detail: '' }
const parked = (detail: string): Verdict => ({ disposition: 'parked', detail })

/**
 * Takes what a carrier tells: each event once, in one transaction with what it changes. An event that
 * is older than what is known changes nothing; one about a parcel that is not here, or that contradicts
 * what is known, is parked for people. Throws `shipping.webhook_refused` for a message that the
 * carrier did not sign, or not now.
 */
export async function receiveTracking(
  ctx: ShippingContext,
  carrier: Carrier,
  message: WebhookMessage,
): Promise<void> {
  const now = ctx.clock.now().round('microsecond')
  const event = carrier.readWebhook(message, now)
  const kept: TrackingEvent = {
    carrier: carrier.name,
    eventId: event.eventId,
    status: event.status,
    labelKey: event.key,
    ...NOTHING_NEW,
    receivedAt: now,
  }
  const { tenantId: tenant, eventId } = event
  await ctx.db.tx(tenant, async (tx) => {
    if (!(await insertTrackingEvent(tx, tenant, kept))) return
    const verdict = await apply(ctx, tx, carrier, event)
    if (verdict === NOTHING_NEW) return
    await setDisposition(tx, tenant, { ...kept, ...verdict })
    if (verdict.disposition === 'applied') return
    ctx.log.warn({ tenant, eventId, detail: verdict.detail }, 'a tracking event is parked')
  })
}

async function apply(
  ctx: ShippingContext,
  tx: Tx,
  carrier: Carrier,
  event: CarrierEvent,
): Promise<Verdict> {
  const { key, state, trackingNumber, eventId } = event
  const shipment = await findShipment(tx, event.tenantId, key)
  if (shipment?.carrier !== carrier.name) return parked('no such shipment')
  const isOther = shipment.trackingNumber !== '' && shipment.trackingNumber !== trackingNumber
  if (isOther || trackingNumber === '') return parked('another tracking number')
  if (state === undefined) return NOTHING_NEW
  const cause = `webhook:${eventId}`
  // Whatever a carrier tells about a parcel, it took it: the news may come before its answer.
  const accepted = await moveTo(ctx, tx, shipment, { to: 'label_ready', trackingNumber, cause })
  if (state === 'label_ready') return accepted.hasMoved ? APPLIED : NOTHING_NEW
  const failure = state === 'failed' ? { failureCode: 'lost' } : {}
  const moved = await moveTo(ctx, tx, accepted.shipment, { to: state, ...failure, cause })
  if (accepted.hasMoved || moved.hasMoved) return APPLIED
  return isContradiction(moved.shipment, state)
    ? parked(`${state} at the carrier, ${moved.shipment.state} here`)
    : NOTHING_NEW
}

/** What came to nothing here goes on there, or the other way round; anything else is late news. */
function isContradiction({ state }: Shipment, told: Shipment['state']): boolean {
  return isVoid(state) ? told !== state : isVoid(told)
}
