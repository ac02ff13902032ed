import { PurserError } from './error.ts'

/** What Intl names and no address lies in: unions, pseudo-regions, unknown. */
const noCountries = new Set(['EU', 'EZ', 'QO', 'UN', 'XA', 'XB', 'ZZ'])

let names: Intl.DisplayNames | undefined

/** Made when a country is first asked about: it takes some 20 ms, which a start need not wait for. */
function nameOf(code: string): string | undefined {
  names ??= new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })
  return names.of(code)
}

/** Whether a code is one of ISO 3166-1 alpha-2 in capitals that is in use: not `XX`, `UK` (it is `GB`) or `SU`. */
export function isCountry(code: string): boolean {
  if (!/^[A-Z]{2}$/.test(code) || noCountries.has(code)) return false
  const [canonical] = Intl.getCanonicalLocales(`und-${code}`)
  return canonical === `und-${code}` && nameOf(code) !== undefined
}

/** Throws `request.invalid`, naming `field`, for what is no country. */
export function requireCountry(code: string, field = 'country'): void {
  if (isCountry(code)) return
  throw invalid(field, 'must be the ISO 3166-1 code of a country, such as US')
}

/**
 * A state, province or region as addresses are compared: whatever its case, its spaces at the ends, and whether the country
 * stands before it, as in `US-IL`.
 */
export function normalRegion(country: string, region: string): string {
  const folded = region.normalize('NFC').trim().toLowerCase()
  const prefix = `${country.toLowerCase()}-`
  return country !== '' && folded.startsWith(prefix) ? folded.slice(prefix.length) : folded
}

/**
 * The region of a place in its normal form, where a rule goes by regions: one that is spelled in another way would miss the
 * rule in silence, so it has to look like the code of a subdivision in ISO 3166-2. `example` is such a code of the country.
 * Throws `request.invalid`, naming `field`.
 */
export function requireRegion(
  { country, region }: { country: string; region: string },
  example: string,
  field = 'region',
): string {
  const code = normalRegion(country, region)
  if (/^[a-z0-9]{1,3}$/.test(code)) return code
  const such = /^[a-z0-9]{1,3}$/.test(example) ? `, such as ${example.toUpperCase()}` : ''
  throw invalid(field, `must be the code of a region of ${country}${such}`)
}

function invalid(field: string, message: string): PurserError {
  return new PurserError('request.invalid', `${field} ${message}`, { fields: [{ field, message }] })
}
