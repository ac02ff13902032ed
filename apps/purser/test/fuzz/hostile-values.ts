import fc from 'fast-check'
import type { Json } from './json-schema.ts'

/** Stands in a JSON value for text that no JSON value can be; `hostileJsonText` puts it in. */
const RAW = '@raw:'

/** Texts that break naive code: encodings, invisible characters, names of built-ins, paths. */
const TEXTS = [
  '', ' ', '\0', 'a\0b', '\ud800', 'a\udfffb', '\u202e\u2066abc', 'مرحبا', '👩‍👩‍👧‍👦', '\ufeff', 'ﬃ',
  '\r\nX-Injected: 1', '\u0085\u2028', 'NaN', 'Infinity', '-Infinity', '1e400', '1e5', '0x10', '-0', '+1', '1,5', '.5',
  '00012', '-1', '99999999999999999999', `0.${'1'.repeat(98)}`, '9'.repeat(100), '__proto__', 'constructor', 'toString',
  '../../../etc/passwd', '%2e%2e%2f', '${7*7}', '{{7*7}}', '\'"; --', '$1', '\\', '*', 'null', 'true', '[]', '{}',
  '0000-01-01T00:00:00Z', '9999-12-31T23:59:59.999999999Z', '2026-02-30T00:00:00Z', '2026-02-01T24:00:00Z',
  '2026-02-01T00:00:00+99:99', '-271821-04-20T00:00:00Z', '2026-00', '9999-12', '0000-01', 'a'.repeat(129), 'x'.repeat(5_000),
  'é'.repeat(200), '👍'.repeat(100),
] as const // biome-ignore format: one a line would be a page

/** Whole numbers between those that a run of many records would accept are left out. */
const NUMBERS = [
  -1,
  0,
  -0,
  0.5,
  1e-300,
  2 ** 31,
  -(2 ** 31) - 1,
  2 ** 53,
  2 ** 63,
  1e21,
  1e308,
  -1e308,
]

const RAW_TOKENS = [
  '1e400', '-1e400', 'NaN', 'Infinity', '01', '1.', '.5', '+1', '0x10', '9'.repeat(400), 'undefined', "'a'", '"\\x"',
  '"\\ud800"', '"\\u0000"', '{"a":1,"a":2}', '{"__proto__":{"tenant":"other"}}', '[1,]', '{,}', '1 2', '/**/1', '"\n"',
  `${'['.repeat(3_000)}${']'.repeat(3_000)}`, '['.repeat(100_000), `${'{"a":'.repeat(500)}1${'}'.repeat(500)}`,
] as const // biome-ignore format: one a line would be a page

/** A text that breaks naive code. */
export const hostileText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...TEXTS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
)

/** A JSON value of any type; some only become themselves in `hostileJsonText`. */
export const hostileJson: fc.Arbitrary<Json> = fc.oneof(
  { weight: 4, arbitrary: hostileText },
  { weight: 3, arbitrary: fc.constantFrom(...NUMBERS) },
  { weight: 3, arbitrary: fc.constantFrom(...RAW_TOKENS.map((token) => `${RAW}${token}`)) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Json[]>(null, true, false, [], {}, [[]], [null], { a: {} }),
  },
)

/** The JSON text of a value. */
export function hostileJsonText(value: Json): string {
  const raw = new Map<string, string>()
  const text = JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item !== 'string' || !item.startsWith(RAW)) return item
    const name = `${RAW}${raw.size}@`
    raw.set(JSON.stringify(name), item.slice(RAW.length))
    return name
  })
  return text.replaceAll(/"@raw:\d+@"/g, (name) => raw.get(name) ?? name)
}

/** A segment of a path or value of a query that is encoded wrongly, or means something to a path. */
export const hostileSegment: fc.Arbitrary<string> = fc.constantFrom(
  '', '.', '..', '%2e%2e', '%2F', 'a%2Fb', '..%2f..%2fetc%2fpasswd', '%00', 'a%00b', '%', '%zz', '%u0041', '%ED%A0%80',
  '%FF%FE', '%C0%AE', '%25%32%65', '%E2%80%AE', '%F0%9F%91%8D', 'a'.repeat(3_000), '*', ';a=b', '%3F', '%23', '+',
  '__proto__', 'constructor', ':', ':disable', 'a:b', '[]', '{tenant}', '-1', '1e400', '\u00ff\u00e9', '%0d%0aX: 1'.replace(' ', '%20'),
) // biome-ignore format: one a line would be a page

/** Headers that requests seldom bear. */
export const hostileHeader: fc.Arbitrary<readonly [string, string]> = fc.constantFrom<
  (readonly [string, string])[]
>(
  ['accept', 'text/html'],
  ['accept', 'text/event-stream'],
  ['accept', '*/*;q=NaN, ,,'],
  ['accept-encoding', 'gzip;q=0, br'],
  ['content-encoding', 'gzip'],
  ['content-encoding', 'br'],
  ['content-type', 'text/plain'],
  ['content-type', 'application/xml'],
  ['content-type', 'application/json; charset=utf-16'],
  ['content-type', 'application/json; charset='],
  ['content-type', ';;;'],
  ['content-type', 'multipart/form-data; boundary=x'],
  ['content-type', 'application/x-www-form-urlencoded'],
  ['x-request-id', 'a'.repeat(2_000)],
  ['x-request-id', '\u00e9 " < >'],
  ['idempotency-key', '\u00ff'.repeat(300)],
  ['traceparent', '00-zz-zz-01'],
  ['tracestate', ','.repeat(600)],
  ['range', 'bytes=5-1'],
  ['if-none-match', '*'],
  ['expect', 'teapot'],
  ['x-http-method-override', 'DELETE'],
  ['x-forwarded-for', '::ffff:1.2.3.4, nonsense'],
  ['host', 'evil.example:99999'],
  ['cookie', '__proto__=1; a=%'],
  ['x-long', 'a'.repeat(8_000)],
  ['x-too-long', 'a'.repeat(20_000)],
)
