import type { HandlerContext } from '@connectrpc/connect'
import type {
  CreateShipmentRequest,
  Shipment as ProtoShipment,
} from '@purser/contracts/shipping/v1/shipment'
import { hashTexts } from '@purser/idempotency'
import { assert, newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { ShippingContext } from '../context.ts'
import type { Shipment } from '../domain/shipment.ts'
import { requestLabel } from '../shipments/request-label.ts'
import { findCarriedBy } from '../store/quote.ts'
import {
  findShipmentByKey,
  insertShipment,
  listOrdered,
  type WantedLine,
} from '../store/shipment.ts'
import { causeOf } from './cause-of.ts'
import { fromProtoRecipient, toProtoShipment } from './convert-shipment.ts'
import { invalidField } from './invalid-field.ts'

/** The shipment is committed before its carrier is asked; the sweep asks after this, if nobody stored an answer. */
const LEASE_MARGIN_MS = 10_000

/**
 * Makes a shipment and asks the carrier for its label. The shipment is committed first; a repeated key
 * asks again where there is no answer yet, under the label's key, of which the carrier makes one.
 * Throws `request.invalid`, `request.idempotency_mismatch`, `shipping.unknown_method`,
 * `shipping.line_mismatch`, `shipping.exceeds_ordered`.
 */
export function createShipment(ctx: ShippingContext) {
  return async (req: CreateShipmentRequest, call: HandlerContext): Promise<ProtoShipment> => {
    const { tenant } = req
    const cause = causeOf(call)
    const wanted = newShipment(ctx, req)
    const lines = linesOf(req)
    const shipment = await ctx.db.tx(tenant, (tx) => begin(tx, { req, wanted, lines, cause }))
    if (shipment.state !== 'created') return toProtoShipment(shipment)
    return toProtoShipment(await requestLabel(ctx, tenant, shipment, cause))
  }
}

/** Who carries it is filled in by `begin`. */
function newShipment(ctx: ShippingContext, req: CreateShipmentRequest): Shipment {
  const { tenant, orderId, accountId, methodKey, weightGrams } = req
  const recipient = fromProtoRecipient(req.recipient)
  const email = (req.recipient?.email ?? '').toLowerCase()
  const createdAt = ctx.clock.now({ tenantId: tenant, accountId }).round('microsecond')
  const lines = linesOf(req)
  const content = [orderId, accountId, methodKey, String(weightGrams), email]
  const goods = lines.flatMap((line) => [
    line.orderLineId,
    String(line.quantity),
    String(line.orderedQuantity),
  ])
  return {
    shipmentId: newId('ship'),
    idempotencyKey: req.idempotencyKey,
    requestHash: hashTexts([...content, JSON.stringify(recipient), ...goods]),
    orderId,
    accountId,
    state: 'created',
    version: 1,
    methodKey,
    carrier: '',
    carrierService: '',
    trackingNumber: '',
    failureCode: '',
    weightGrams,
    recipient,
    email,
    checkAt: createdAt.add({ milliseconds: ctx.carrierTimeoutMs + LEASE_MARGIN_MS }),
    checkCount: 0,
    createdAt,
    updatedAt: createdAt,
    lines: lines.map(({ orderLineId, quantity }) => ({ orderLineId, quantity })),
  }
}

/** Lines in the order of their ids. */
function linesOf(req: CreateShipmentRequest): WantedLine[] {
  const lines = req.lines.map(({ orderLineId, quantity, orderedQuantity }, index) => {
    if (req.lines.findIndex((line) => line.orderLineId === orderLineId) < index) {
      throw invalidField(`lines[${index}].order_line_id`, 'repeats another one')
    }
    if (quantity > orderedQuantity) throw exceedsOrdered(orderLineId)
    return { orderLineId, quantity, orderedQuantity }
  })
  return lines.sort((a, b) => (a.orderLineId < b.orderLineId ? -1 : 1))
}

type Begin = {
  req: CreateShipmentRequest
  wanted: Shipment
  lines: readonly WantedLine[]
  cause: string
}

/** The shipment of the key: a new one, or the one that it has. */
async function begin(tx: Tx, { req, wanted, lines, cause }: Begin): Promise<Shipment> {
  const { tenant, orderId } = req
  const known = await findShipmentByKey(tx, tenant, wanted.idempotencyKey)
  if (known !== undefined) return sameAs(wanted, known)
  const carriedBy = await findCarriedBy(tx, tenant, { orderId, methodKey: req.methodKey })
  if (carriedBy === undefined) {
    const message = req.methodKey ? 'is no method' : 'is required: the order has no confirmed quote'
    const fields = [{ field: 'method_key', message }]
    throw new PurserError('shipping.unknown_method', `method_key ${message}`, { fields })
  }
  const { methodKey, carrier, carrierService } = carriedBy
  const shipment = { ...wanted, methodKey, carrier, carrierService }
  const { isKeyTaken, refused } = await insertShipment(tx, tenant, shipment, { lines, cause })
  if (refused.length > 0) {
    const full = lines.filter(({ orderLineId }) => refused.includes(orderLineId))
    throw await refusalOf(tx, req, full)
  }
  if (!isKeyTaken) return shipment
  const taken = await findShipmentByKey(tx, tenant, wanted.idempotencyKey)
  assert(taken, 'a key that is taken has a shipment')
  return sameAs(wanted, taken)
}

function sameAs(wanted: Shipment, known: Shipment): Shipment {
  if (known.requestHash.equals(wanted.requestHash)) return known
  const message = 'The idempotency key was used for another shipment.'
  throw new PurserError('request.idempotency_mismatch', message)
}

/** Why lines have no room; in the transaction that was refused. */
async function refusalOf(
  tx: Tx,
  { tenant, orderId }: CreateShipmentRequest,
  refused: readonly WantedLine[],
): Promise<PurserError> {
  const ids = refused.map(({ orderLineId }) => orderLineId)
  const ordered = await listOrdered(tx, tenant, orderId, ids)
  const other = refused.find((line) => ordered.get(line.orderLineId) !== line.orderedQuantity)
  if (other === undefined) return exceedsOrdered(ids[0] ?? '')
  const known = ordered.get(other.orderLineId)
  const message = `Another shipment said that of line ${other.orderLineId} ${known} were ordered.`
  return new PurserError('shipping.line_mismatch', message)
}

function exceedsOrdered(orderLineId: string): PurserError {
  const message = 'More would be sent than was ordered.'
  return new PurserError('shipping.exceeds_ordered', message, {
    details: { order_line_id: orderLineId },
  })
}
