import type { ShipmentState } from './shipment-state.ts'

/** A postal address, as the contract has it. */
type Address = {
  lines: readonly string[]
  city: string
  region: string
  postalCode: string
  country: string
}

/** Who gets a shipment, and where. */
export type Recipient = { name: string; address: Address }

/** Units of a line of an order. */
type ShipmentLine = { orderLineId: string; quantity: bigint }

/** One parcel with units of one order. Its id is the key of its label at the carrier. */
export type Shipment = {
  shipmentId: string
  idempotencyKey: string
  /** SHA-256 of what was asked for under the key. */
  requestHash: Buffer
  orderId: string
  /** Empty for a guest. */
  accountId: string
  state: ShipmentState
  /** Number of the last row of its history. */
  version: number
  methodKey: string
  carrier: string
  carrierService: string
  /** Empty until it has a label. */
  trackingNumber: string
  /** Why it failed; empty unless it did. */
  failureCode: string
  /** 0 when it is not known. */
  weightGrams: bigint
  /** Undefined once it was erased. */
  recipient: Recipient | undefined
  email: string
  /** When the carrier is asked again; undefined unless it is `created`. */
  checkAt: Temporal.Instant | undefined
  checkCount: number
  createdAt: Temporal.Instant
  updatedAt: Temporal.Instant
  lines: readonly ShipmentLine[]
}

/** One change of a shipment's state. */
export type ShipmentTransition = {
  number: number
  from: ShipmentState | undefined
  to: ShipmentState
  cause: string
  at: Temporal.Instant
}
