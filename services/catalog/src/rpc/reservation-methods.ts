import { create } from '@bufbuild/protobuf'
import {
  type CommitReservationRequest,
  type ReleaseReservationRequest,
  type Reservation,
  type RestockRequest,
  type RestockResponse,
  RestockResponseSchema,
} from '@purser/contracts/catalog/v1/stock'
import type { CatalogContext } from '../context.ts'
import { commitReservation } from '../stock/commit-reservation.ts'
import { releaseReservation } from '../stock/release-reservation.ts'
import { restock } from '../stock/restock.ts'
import { againWhenUsed } from './again-when-used.ts'
import { fromProtoLines, toProtoReservation } from './convert-stock.ts'

/** What becomes of a reservation, and of what was sold by it. */
export function reservationMethods(ctx: CatalogContext) {
  const nowOf = (tenantId: string) => ctx.clock.now({ tenantId }).round('microsecond')
  return {
    /** Throws what `commitReservation` of stock/ throws. */
    commitReservation: async (req: CommitReservationRequest): Promise<Reservation> => {
      const { tenant } = req
      const now = nowOf(tenant)
      const reservation = await againWhenUsed(() =>
        ctx.db.tx(tenant, (tx) => commitReservation(tx, tenant, req, now), { generalPlans: true }),
      )
      return toProtoReservation(reservation)
    },

    /** Throws what `releaseReservation` of stock/ throws. */
    releaseReservation: async (req: ReleaseReservationRequest): Promise<Reservation> => {
      const { tenant, reservationId } = req
      const now = nowOf(tenant)
      const reservation = await againWhenUsed(() =>
        ctx.db.tx(tenant, (tx) => releaseReservation(tx, tenant, reservationId, now)),
      )
      return toProtoReservation(reservation)
    },

    /** Throws `request.invalid`, and what `restock` of stock/ throws. */
    restock: async (req: RestockRequest): Promise<RestockResponse> => {
      const { tenant, orderId } = req
      const restockId = req.restockId || orderId
      const request = { restockId, orderId, lines: fromProtoLines(req.lines) }
      const now = nowOf(tenant)
      const wasDoneNow = await ctx.db.tx(tenant, (tx) => restock(tx, tenant, request, now))
      return create(RestockResponseSchema, { wasDoneNow })
    },
  }
}
