import type { Reservation, ReserveStockRequest } from '@purser/contracts/catalog/v1/stock'
import { PurserError } from '@purser/kernel'
import { fromProtoTimestamp } from '@purser/rpc'
import type { CatalogContext } from '../context.ts'
import { reserveStock as reserve } from '../stock/reserve-stock.ts'
import { againWhenUsed } from './again-when-used.ts'
import { fromProtoLines, toProtoReservation } from './convert-stock.ts'

const DEFAULT_MINUTES = 15
const MOST_HOURS = 24

/** Reserves everything or nothing; throws `request.invalid` and what `reserveStock` of stock/ throws. */
export function reserveStock(ctx: CatalogContext) {
  return async (req: ReserveStockRequest): Promise<Reservation> => {
    const { tenant, reservationId, currency, priceListKey } = req
    const lines = fromProtoLines(req.lines)
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const expireAt = expiryOf(req, now)
    const request = { reservationId, currency, priceListKey, lines, expireAt }
    const reservation = await againWhenUsed(() =>
      ctx.db.tx(tenant, (tx) => reserve(tx, tenant, request, now), { generalPlans: true }),
    )
    return toProtoReservation(reservation)
  }
}

function expiryOf({ expireTime }: ReserveStockRequest, now: Temporal.Instant): Temporal.Instant {
  if (expireTime === undefined) return now.add({ minutes: DEFAULT_MINUTES })
  const expireAt = fromProtoTimestamp(expireTime)
  const isAhead = Temporal.Instant.compare(expireAt, now) > 0
  if (isAhead && Temporal.Instant.compare(expireAt, now.add({ hours: MOST_HOURS })) <= 0)
    return expireAt
  throw new PurserError('request.invalid', 'A reservation holds for at most a day.', {
    fields: [{ field: 'expire_time', message: `expected a time in the next ${MOST_HOURS} hours` }],
  })
}
