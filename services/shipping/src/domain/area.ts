import { normalRegion } from '@purser/kernel'

/** A piece of the world in its stored form: see `normalArea`. Empty texts are all. */
export type Area = { country: string; region: string; postalPrefix: string }

/** Where methods deliver to. */
export type Zone = { zoneKey: string; title: string; areas: readonly Area[] }

/** A postal code, or how one begins, as it is compared: whatever its case, spaces and hyphens. */
export function normalPostalCode(code: string): string {
  return code.normalize('NFC').replaceAll(/[\s-]/gu, '').toUpperCase()
}

/** An area as it is stored and compared. */
export function normalArea({ country, region, postalPrefix }: Area): Area {
  return {
    country,
    region: normalRegion(country, region),
    postalPrefix: normalPostalCode(postalPrefix),
  }
}
