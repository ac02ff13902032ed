import type { Address } from '../domain/address.ts'

/** Shape of the column `address`. */
export type AddressJson = {
  lines: string[]
  city: string
  region: string
  postal_code: string
  country: string
}

/**
 * The JSON text of an address; null for none. Text, since arrays of JSON travel as arrays of text.
 */
export function toRowAddress(address: Address | undefined): string | null {
  if (address === undefined) return null
  const { lines, city, region, postalCode, country } = address
  const json: AddressJson = { lines: [...lines], city, region, postal_code: postalCode, country }
  return JSON.stringify(json)
}

/** The address of a row. */
export function fromRowAddress(json: AddressJson): Address
export function fromRowAddress(json: AddressJson | null): Address | undefined
export function fromRowAddress(json: AddressJson | null): Address | undefined {
  if (json === null) return undefined
  const { lines, city, region, postal_code: postalCode, country } = json
  return { lines, city, region, postalCode, country }
}
