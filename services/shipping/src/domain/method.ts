import type { Rate } from './rate.ts'

/** A way to deliver. */
export type ShippingMethod = {
  methodKey: string
  title: string
  carrier: string
  /** Service of the carrier. */
  carrierService: string
  /** Whether it is offered. */
  isActive: boolean
  /** Of methods that cost the same, the lowest is offered first. */
  position: number
  rates: readonly Rate[]
}

/** Who delivers, and how. */
export type CarriedBy = Pick<ShippingMethod, 'methodKey' | 'title' | 'carrier' | 'carrierService'>
