import { create } from '@bufbuild/protobuf'
import { Availability } from '@purser/contracts/catalog/v1/storefront'
import {
  MovementKind as ProtoKind,
  type Reservation as ProtoReservation,
  ReservationSchema,
  ReservationState as ProtoState,
  type StockLevel as ProtoLevel,
  StockLevelSchema,
  type StockLine,
  type StockMovement as ProtoMovement,
  StockMovementSchema,
} from '@purser/contracts/catalog/v1/stock'
import { PurserError } from '@purser/kernel'
import { toProtoTimestamp } from '@purser/rpc'
import { type StockPolicy, variantTitle } from '../domain/product.ts'
import type { Reservation, ReservationState, ReservedLine } from '../domain/reservation.ts'
import type { WantedLine } from '../domain/reserve.ts'
import { availableOf, type MovementKind } from '../domain/stock-level.ts'
import type { ListedLevel, ListedMovement } from '../store/stock-list.ts'

const kinds = {
  initial: ProtoKind.INITIAL,
  received: ProtoKind.RECEIVED,
  adjusted: ProtoKind.ADJUSTED,
  reserved: ProtoKind.RESERVED,
  released: ProtoKind.RELEASED,
  sold: ProtoKind.SOLD,
  returned: ProtoKind.RETURNED,
} as const satisfies Record<MovementKind, ProtoKind>

const states = {
  open: ProtoState.OPEN,
  committed: ProtoState.COMMITTED,
  released: ProtoState.RELEASED,
  expired: ProtoState.EXPIRED,
} as const satisfies Record<ReservationState, ProtoState>

const withoutStock = {
  deny: Availability.OUT_OF_STOCK,
  backorder: Availability.BACKORDER,
  preorder: Availability.PREORDER,
  untracked: Availability.IN_STOCK,
} as const satisfies Record<StockPolicy, Availability>

/** Whether a unit can be bought, by what is there and the policy beyond it. */
export function availabilityOf(policy: StockPolicy, available: bigint | number): Availability {
  return available > 0 ? Availability.IN_STOCK : withoutStock[policy]
}

/** A level as it is answered. */
export function toProtoLevel(level: ListedLevel): ProtoLevel {
  const { variantId, sku, locationId, onHand, reserved, backordered, owed } = level
  const { lowStockThreshold } = level
  return create(StockLevelSchema, {
    variantId,
    sku,
    locationId,
    onHand,
    reserved,
    backordered,
    owed,
    available: availableOf(level),
    ...(lowStockThreshold !== undefined && { lowStockThreshold }),
  })
}

/** A movement as it is answered. */
export function toProtoMovement(movement: ListedMovement): ProtoMovement {
  const { reservationId = '', orderId = '', kind, movedAt, ...rest } = movement
  return create(StockMovementSchema, {
    ...rest,
    kind: kinds[kind],
    reservationId,
    orderId,
    time: toProtoTimestamp(movedAt),
  })
}

/** Lines as they are asked for. Throws `request.invalid` when a variant stands twice. */
export function fromProtoLines(lines: readonly StockLine[]): WantedLine[] {
  const seen = new Set<string>()
  return lines.map(({ variantId, quantity }, index) => {
    if (seen.has(variantId)) {
      throw new PurserError('request.invalid', 'Each variant stands in one line.', {
        fields: [{ field: `lines[${index}].variant_id`, message: 'stands twice' }],
      })
    }
    seen.add(variantId)
    return { variantId, quantity: Number(quantity) }
  })
}

/** A reservation as it is answered. */
export function toProtoReservation(reservation: Reservation): ProtoReservation {
  const { reservationId, state, expireAt, lines, currency } = reservation
  return create(ReservationSchema, {
    reservationId,
    state: states[state],
    expireTime: toProtoTimestamp(expireAt),
    lines: lines.map((line) => toProtoLine(line, currency)),
  })
}

function toProtoLine(line: ReservedLine, currency: string) {
  const { unitMinor, listMinor, optionValues, quantity, locations, ...told } = line
  return {
    ...told,
    variantTitle: variantTitle(optionValues),
    quantity: BigInt(quantity),
    unitPrice: { amountCents: BigInt(unitMinor), currency },
    ...(listMinor !== undefined && { listPrice: { amountCents: BigInt(listMinor), currency } }),
    locations: locations.map((place) => ({
      locationId: place.locationId,
      quantity: BigInt(place.quantity),
      backordered: BigInt(place.backordered),
    })),
  }
}
