import { describe, expect, test } from 'vitest'
import { isCountry, normalRegion, requireCountry, requireRegion } from './destination.ts'

describe('a country', () => {
  test.each(['US', 'DE', 'GB', 'MT', 'XK', 'ZA', 'ZW', 'QA', 'UM'])('%s is one', (code) => {
    expect(isCountry(code)).toBe(true)
    requireCountry(code)
  })

  test.each(['', 'XX', 'ZZ', 'UK', 'EU', 'UN', 'SU', 'DD', 'XA', 'us', 'USA', 'U1'])(
    '%j is none',
    (code) => {
      expect(isCountry(code)).toBe(false)
      expect(() => requireCountry(code)).toThrow(
        'country must be the ISO 3166-1 code of a country, such as US',
      )
    },
  )
})

describe('a region', () => {
  test.each(['IL', 'il', ' Il ', 'US-IL', 'us-il'])('%j is the code IL of the US', (region) => {
    expect(requireRegion({ country: 'US', region }, 'ca')).toBe('il')
  })

  test.each([
    ['GB', 'ENG', 'eng'],
    ['FR', '2A', '2a'],
    ['FR', 'FR-75', '75'],
    ['US', '02', '02'],
  ])('of %s may be %s', (country, region, code) => {
    expect(requireRegion({ country, region }, '')).toBe(code)
  })

  test.each(['Illinois', '', ' ', 'IL-1', 'CA-ON', 'US-', 'I L', 'ÎL'])(
    '%j is no code',
    (region) => {
      expect(() => requireRegion({ country: 'US', region }, 'il')).toThrow(
        'region must be the code of a region of US, such as IL',
      )
      expect(() => requireRegion({ country: 'US', region }, 'illinois')).toThrow(
        /^region must be the code of a region of US$/,
      )
    },
  )

  test('of any spelling is compared whatever its case and its spaces at the ends', () => {
    expect(normalRegion('DE', ' Bayern ')).toBe('bayern')
    expect(normalRegion('DE', 'DE-BY')).toBe('by')
    expect(normalRegion('', '-x')).toBe('-x')
  })
})
