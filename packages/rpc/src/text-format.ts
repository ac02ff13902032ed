import { Format } from '@purser/contracts/options'
import { isCurrency, isTimeZone, resourceIdPattern, slugPattern } from '@purser/kernel'

/** A named format of `purser.options.v1`: its check and how to tell a person what is expected. */
export type TextFormat = { matches(text: string): boolean; expected: string }

const decimal = /^-?[0-9]+(?:\.[0-9]+)?$/
const month = /^(?:19[7-9][0-9]|2[0-9]{3})-(?:0[1-9]|1[0-2])$/
// The pattern of <input type=email> (https://html.spec.whatwg.org/#valid-e-mail-address); the
// lengths are those of RFC 5321, section 4.5.3.1.
const label = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const email = new RegExp(`^[a-zA-Z0-9.!#$%&'*+/=?^_\`{|}~-]{1,64}@${label}(?:\\.${label})*$`)

/** The check of each format. Texts are never empty here. */
export const textFormats: Record<Exclude<Format, Format.UNSPECIFIED>, TextFormat> = {
  [Format.DECIMAL]: {
    matches: (text) => text.length <= 100 && decimal.test(text),
    expected: 'must be a plain decimal number such as -12.50, at most 100 characters',
  },
  [Format.SLUG]: {
    matches: (text) => slugPattern.test(text),
    expected:
      'must be 1 to 63 lower-case letters, digits, - or _, starting with a letter or a digit',
  },
  [Format.RESOURCE_ID]: {
    matches: (text) => resourceIdPattern.test(text),
    expected: 'must be 1 to 128 letters, digits or . _ : @ -, starting with a letter or a digit',
  },
  [Format.CURRENCY]: {
    matches: isCurrency,
    expected: 'must be an ISO 4217 currency code in capitals such as EUR',
  },
  [Format.TIME_ZONE]: {
    matches: isTimeZone,
    expected: 'must be an IANA time zone such as Europe/Warsaw',
  },
  [Format.MONTH]: {
    matches: (text) => month.test(text),
    expected: 'must be a month such as 2026-02',
  },
  [Format.EMAIL]: {
    matches: (text) => text.length <= 254 && email.test(text),
    expected: 'must be an e-mail address',
  },
}
