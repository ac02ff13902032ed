import { create } from '@bufbuild/protobuf'
import {
  type AdjustStockRequest,
  type ListLocationsRequest,
  type ListLocationsResponse,
  ListLocationsResponseSchema,
  type ListMovementsRequest,
  type ListMovementsResponse,
  ListMovementsResponseSchema,
  type ListStockRequest,
  type ListStockResponse,
  ListStockResponseSchema,
  type Location,
  LocationSchema,
  type PutLocationRequest,
  type SetStockRequest,
  type StockLevel,
} from '@purser/contracts/catalog/v1/stock'
import { assert, PurserError } from '@purser/kernel'
import { decodePageToken, encodePageToken, pageSizeOf, wholeOfPosition } from '@purser/rpc'
import type { CatalogContext } from '../context.ts'
import { inflow, type StockLevel as StockLevelUnits } from '../domain/stock-level.ts'
import { changeLevel } from '../stock/change-level.ts'
import { listLocations, putLocation } from '../store/location.ts'
import { listMovements, listStock } from '../store/stock-list.ts'
import { toProtoLevel, toProtoMovement } from './convert-stock.ts'

const nothing = { onHand: 0n, reserved: 0n, backordered: 0n, owed: 0n } as const

/** The methods with which operators look after stock. */
export function stockMethods(ctx: CatalogContext) {
  return {
    putLocation: putLocationMethod(ctx),
    listLocations: listLocationsMethod(ctx),
    setStock: setStock(ctx),
    adjustStock: adjustStock(ctx),
    listStock: listStockMethod(ctx),
    listMovements: listMovementsMethod(ctx),
  }
}

function putLocationMethod(ctx: CatalogContext) {
  return async (req: PutLocationRequest): Promise<Location> => {
    const { tenant, locationId, title, position } = req
    const location = { locationId, title, position }
    await ctx.db.tx(tenant, (tx) => putLocation(tx, tenant, location))
    return create(LocationSchema, location)
  }
}

function listLocationsMethod(ctx: CatalogContext) {
  return async ({ tenant }: ListLocationsRequest): Promise<ListLocationsResponse> => {
    const read = { readOnly: true }
    const locations = await ctx.db.tx(tenant, (tx) => listLocations(tx, tenant), read)
    return create(ListLocationsResponseSchema, { locations })
  }
}

/** Throws what `changeLevel` throws. */
function setStock(ctx: CatalogContext) {
  return async (req: SetStockRequest): Promise<StockLevel> => {
    const { tenant, variantId, locationId, onHand, lowStockThreshold, reason } = req
    assert(onHand !== undefined, 'the contract requires a count')
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const change = {
      variantId,
      locationId,
      // A count is no arrival: it settles nothing that is owed, and says the same when it is said again.
      change: (level: { onHand: bigint }) => ({ ...nothing, onHand: onHand - level.onHand }),
      lowStockThreshold,
      kind: 'adjusted' as const,
      reason,
    }
    const level = await ctx.db.tx(tenant, (tx) => changeLevel(tx, tenant, change, now))
    return toProtoLevel(level)
  }
}

/** Throws `request.invalid` for 0 units, and what `changeLevel` throws. */
function adjustStock(ctx: CatalogContext) {
  return async (req: AdjustStockRequest): Promise<StockLevel> => {
    const { tenant, variantId, locationId, quantity, reason } = req
    if (quantity === 0n) {
      throw new PurserError('request.invalid', 'Nothing would move.', {
        fields: [{ field: 'quantity', message: 'is 0' }],
      })
    }
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const change = {
      variantId,
      locationId,
      change: (level: StockLevelUnits) =>
        quantity > 0n ? inflow(level, quantity) : { ...nothing, onHand: quantity },
      lowStockThreshold: undefined,
      kind: quantity > 0n ? ('received' as const) : ('adjusted' as const),
      reason,
    }
    const level = await ctx.db.tx(tenant, (tx) => changeLevel(tx, tenant, change, now))
    return toProtoLevel(level)
  }
}

/** Throws `request.invalid` for a page token that no list answered. */
function listStockMethod(ctx: CatalogContext) {
  return async (req: ListStockRequest): Promise<ListStockResponse> => {
    const { tenant, onlyLow } = req
    const pageSize = pageSizeOf(req.pageSize)
    const [afterVariant = '', afterLocation = ''] = decodePageToken(req.pageToken, 2) ?? []
    const question = {
      variantId: req.variantId || undefined,
      locationId: req.locationId || undefined,
      onlyLow,
      after: [afterVariant, afterLocation] as const,
      limit: pageSize + 1,
    }
    const read = { readOnly: true }
    const found = await ctx.db.tx(tenant, (tx) => listStock(tx, tenant, question), read)
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListStockResponseSchema, {
      levels: page.map(toProtoLevel),
      nextPageToken: last ? encodePageToken([last.variantId, last.locationId]) : '',
    })
  }
}

/** Throws `request.invalid` for a page token that no list answered. */
function listMovementsMethod(ctx: CatalogContext) {
  return async (req: ListMovementsRequest): Promise<ListMovementsResponse> => {
    const { tenant } = req
    const pageSize = pageSizeOf(req.pageSize)
    const [before] = decodePageToken(req.pageToken, 1) ?? []
    const question = {
      variantId: req.variantId || undefined,
      locationId: req.locationId || undefined,
      beforeId: before === undefined ? undefined : wholeOfPosition(before),
      limit: pageSize + 1,
    }
    const read = { readOnly: true }
    const found = await ctx.db.tx(tenant, (tx) => listMovements(tx, tenant, question), read)
    const page = found.slice(0, pageSize)
    const last = found.length > pageSize ? page.at(-1) : undefined
    return create(ListMovementsResponseSchema, {
      movements: page.map(toProtoMovement),
      nextPageToken: last ? encodePageToken([String(last.movementId)]) : '',
    })
  }
}
