import type { Address } from './address.ts'

/**
 * A business that sells with the platform. It is never renamed, removed or moved to another zone.
 */
export type Tenant = {
  /** The slug that leads every key. */
  tenantId: string
  legalName: string
  /** IANA name of the zone in which billing periods begin and end. */
  timeZone: string
  address: Address | undefined
  taxNumber: string
  createdAt: Temporal.Instant
}
