import { Format } from '@purser/contracts/options'
import { resourceIdPattern, slugPattern } from '@purser/kernel'
import type { JsonObject } from '../json/leaf-codec.ts'

/** What each named format of the contract says in JSON Schema. */
export const formatSchemas: Readonly<Record<Format, JsonObject>> = {
  [Format.UNSPECIFIED]: {},
  [Format.DECIMAL]: {
    // Requests may also give a JSON number; answers are strings.
    format: 'decimal',
    pattern: '^-?[0-9]+(\\.[0-9]+)?$',
    maxLength: 100,
    examples: ['12.50'],
  },
  [Format.SLUG]: { pattern: slugPattern.source, examples: ['acme'] },
  [Format.RESOURCE_ID]: { pattern: resourceIdPattern.source },
  [Format.CURRENCY]: { format: 'iso-4217', pattern: '^[A-Z]{3}$', examples: ['USD'] },
  [Format.TIME_ZONE]: { format: 'iana-time-zone', examples: ['Europe/Warsaw'] },
  [Format.MONTH]: { pattern: '^(19[7-9][0-9]|2[0-9]{3})-(0[1-9]|1[0-2])$', examples: ['2026-02'] },
  [Format.EMAIL]: { format: 'email', examples: ['billing@example.com'] },
}
