import { assert } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { ShippingContext } from '../context.ts'
import type { Shipment } from '../domain/shipment.ts'
import { factsOf, isLegal } from '../domain/shipment-state.ts'
import { publishFacts } from '../events.ts'
import { findShipment, moveShipment, type ShipmentMove } from '../store/shipment.ts'

/**
 * Moves a shipment and tells the world: the one way by which it moves, whoever brings the news. It
 * stays where it is when the move is not legal, as it was read or as somebody else left it since.
 */
export async function moveTo(
  ctx: ShippingContext,
  tx: Tx,
  shipment: Shipment,
  move: Omit<ShipmentMove, 'at'>,
): Promise<{ shipment: Shipment; hasMoved: boolean }> {
  const tenant = tx.tenantId
  assert(tenant !== undefined, 'a shipment belongs to a tenant')
  for (let known = shipment; ; ) {
    if (!isLegal(known.state, move.to)) return { shipment: known, hasMoved: false }
    const scope = { tenantId: tenant, accountId: known.accountId }
    const at = ctx.clock.now(scope).round('microsecond')
    const moved = await moveShipment(tx, tenant, known, { ...move, at })
    if (moved !== undefined) {
      await publishFacts(tx, tenant, moved, factsOf(known.state, move.to))
      return { shipment: moved, hasMoved: true }
    }
    const current = await findShipment(tx, tenant, known.shipmentId)
    assert(current && current.version > known.version, 'a shipment that did not move has moved')
    known = current
  }
}
