import { UsageEventSchema } from '@purser/contracts/metering/v1/metering'
import { Decimal, isPurserError } from '@purser/kernel'
import { createJsonCodec } from '@purser/rest'
import { validateMessage } from '@purser/rpc'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { UsageEvent } from '../domain/usage-event.ts'
import { fromProtoUsageEvent } from '../rpc/convert.ts'
import { decodeEvent } from './decode-event.ts'
import { parseEventJson, parseEventLine } from './exact-json.ts'

/** The hand-tuned decoder takes and refuses exactly what the contract does, and reads the same from it. */

const codec = createJsonCodec(UsageEventSchema)

function byContract(text: string): UsageEvent | 'refused' {
  try {
    const message = codec.decode(text)
    validateMessage(UsageEventSchema, message)
    return canonical(fromProtoUsageEvent(message))
  } catch (error) {
    if (isPurserError(error)) return 'refused'
    throw error
  }
}

/** As one line of NDJSON, and as one element of a JSON array, which have parsers of their own. */
function byHand(text: string): UsageEvent | 'refused' {
  const asLine = decodeWith(parseEventLine, text)
  expect(decodeWith(parseEventJson, text), text).toEqual(asLine)
  return asLine
}

function decodeWith(parse: (text: string) => unknown, text: string): UsageEvent | 'refused' {
  let value: unknown
  try {
    value = parse(text)
  } catch {
    return 'refused'
  }
  const decoded = decodeEvent(value)
  return decoded.ok ? canonical(decoded.event) : 'refused'
}

/** One number may be written in several ways, such as 1.5 and 1.50. */
function canonical(event: UsageEvent): UsageEvent {
  return { ...event, quantity: Decimal.parse(event.quantity).toString() }
}

const valid = {
  id: '"e-1"',
  source: '"api"',
  type: '"request"',
  subject: '"acct:1"',
  time: '"2026-02-10T00:00:00Z"',
  quantity: '1',
  properties: '{"model":"large"}',
}

/** JSON literals that probe one field each. */
const literals = fc.oneof(
  fc.constantFrom(
    'null',
    'true',
    '0',
    '-0',
    '1.0',
    '1.50',
    '-2',
    '1e3',
    '1E-2',
    '0.0000001',
    '9007199254740993',
    '9007199254740991.4',
    '1.00000000000000001',
    '123456789012345678901234567890',
    '""',
    '" "',
    '"1"',
    '"1e3"',
    '"-1.5"',
    '"+1"',
    '".5"',
    '"5."',
    '"007"',
    '"NaN"',
    '"1,5"',
    '[]',
    '{}',
    '["a"]',
    '{"a":"b"}',
    '{"a":1}',
    '{"a":""}',
    '{"":"b"}',
    '{"a":null}',
    '{"__proto__":"x"}',
    '"\\u0000"',
    '"\\ud800"',
    '"ü"',
    '"😀"',
    '"2026-02-29T00:00:00Z"',
    '"2024-02-29T00:00:00Z"',
    '"2026-02-10T24:00:00Z"',
    '"2026-02-10T23:59:60Z"',
    '"2026-02-10t01:02:03z"',
    '"2026-02-10T01:02:03.123456789Z"',
    '"2026-02-10T01:02:03.1234567891Z"',
    '"2026-02-10T01:02:03+05:30"',
    '"2026-02-10T01:02:03-00:00"',
    '"2026-02-10T01:02:03+24:00"',
    '"2026-02-10 01:02:03Z"',
    '"2026-02-10"',
    '"0000-01-01T00:00:00Z"',
    '"0001-01-01T00:00:00Z"',
    '"9999-12-31T23:59:59Z"',
    '"a b"',
    '"_x"',
    '"x/y"',
    `"${'x'.repeat(128)}"`,
    `"${'x'.repeat(129)}"`,
    `"${'x'.repeat(200)}"`,
    `"${'x'.repeat(201)}"`,
    `"${'😀'.repeat(200)}"`,
    `"${'😀'.repeat(201)}"`,
    `"${'1'.repeat(100)}"`,
    `"${'1'.repeat(101)}"`,
    `{${Array.from({ length: 50 }, (_, index) => `"k${index}":"v"`).join(',')}}`,
    `{${Array.from({ length: 51 }, (_, index) => `"k${index}":"v"`).join(',')}}`,
    `{"${'k'.repeat(63)}":"v"}`,
    `{"${'k'.repeat(64)}":"v"}`,
    `{"k":"${'v'.repeat(500)}"}`,
    `{"k":"${'v'.repeat(501)}"}`,
  ),
  fc.json({ maxDepth: 2 }),
  fc.double().map((value) => JSON.stringify(value)),
  fc.string().map((value) => JSON.stringify(value)),
)

function eventText(fields: Record<string, string>): string {
  return `{${Object.entries(fields)
    .map(([name, literal]) => `"${name}":${literal}`)
    .join(',')}}`
}

describe('the hand-tuned decoder and the contract agree', () => {
  test('on a valid event', () => {
    expect(byHand(eventText(valid))).toEqual(byContract(eventText(valid)))
    expect(byHand(eventText(valid))).not.toBe('refused')
  })

  test('on any literal in any field', () => {
    const field = fc.constantFrom(...Object.keys(valid))
    fc.assert(
      fc.property(field, literals, (name, literal) => {
        const text = eventText({ ...valid, [name]: literal })
        expect(byHand(text), text).toEqual(byContract(text))
      }),
      { numRuns: 5_000 },
    )
  })

  test.each(Object.keys(valid))('on an event without %s', (name) => {
    const { [name as keyof typeof valid]: _left, ...rest } = valid
    expect(byHand(eventText(rest))).toEqual(byContract(eventText(rest)))
  })

  test('on an unknown field, a list and a bare value', () => {
    for (const text of [eventText({ ...valid, extra: '1' }), '[]', '"x"', '1', 'null', '{}', '']) {
      expect(byHand(text), text).toBe('refused')
      expect(byContract(text), text).toBe('refused')
    }
  })
})
