/** A postal address; parts that are not known are empty. */
export type Address = {
  /** Street, house, floor; at most four. */
  lines: readonly string[]
  city: string
  region: string
  postalCode: string
  /** ISO 3166-1 alpha-2. */
  country: string
}
