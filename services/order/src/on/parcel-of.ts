import type { JsonObject } from '@purser/events'
import { assert } from '@purser/kernel'
import type { FailedParcel, ParcelLine } from '../domain/order.ts'

/** The parcel that an event of shipping is about. */
export function parcelOf(payload: JsonObject): Omit<FailedParcel, 'at'> {
  return {
    shipmentId: textOf(payload, 'shipment_id'),
    carrier: textOf(payload, 'carrier'),
    trackingNumber: textOf(payload, 'tracking_number'),
    failureCode: String(payload['failure_code'] ?? ''),
    lines: linesOf(payload['lines']),
  }
}

/** A member of an event that is a text. */
export function textOf(payload: JsonObject, name: string): string {
  const value = payload[name]
  assert(typeof value === 'string', () => `an event has no text ${name}`)
  return value
}

/** A member of an event that is an object. */
export function objectOf(value: JsonObject[string] | undefined): JsonObject {
  assert(value !== null && typeof value === 'object' && !Array.isArray(value), 'expected an object')
  return value
}

function linesOf(value: JsonObject[string] | undefined): ParcelLine[] {
  assert(Array.isArray(value), 'a shipment has lines')
  return value.map((line) => ({
    orderLineId: textOf(objectOf(line), 'order_line_id'),
    quantity: textOf(objectOf(line), 'quantity'),
  }))
}
