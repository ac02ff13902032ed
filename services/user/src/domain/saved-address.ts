import type { Address } from './address.ts'

/**
 * An address in a person's address book. Whoever has addresses has one default: the first one until
 * another is chosen, the oldest that is left when the default goes.
 */
export type SavedAddress = {
  addressId: string
  /** Whose address it is, as on a parcel. */
  recipient: string
  address: Address
  /** Empty when none. */
  phone: string
  isDefault: boolean
  createdAt: Temporal.Instant
}

/** The most addresses a person has. */
export const MAX_SAVED_ADDRESSES = 50
