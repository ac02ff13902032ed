import { create, equals, fromBinary, toBinary } from '@bufbuild/protobuf'
import { ValueSchema } from '@bufbuild/protobuf/wkt'
import { type FieldViolation, isPurserError } from '@purser/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { anyEverything } from '../../test-contract/everything.ts'
import type { Genre } from '../../test-contract/gen/library/v1/library_pb.js'
import { EverythingSchema, Level } from '../../test-contract/gen/library/v1/library_pb.js'
import { createJsonCodec } from './json-codec.ts'

const codec = createJsonCodec(EverythingSchema)

/** The JSON that answers a message made of JSON. */
function answered(json: string): object {
  return codec.encode(codec.decode(json))
}

function violations(json: string): readonly FieldViolation[] {
  try {
    codec.decode(json)
  } catch (error) {
    if (isPurserError(error) && error.code === 'request.invalid') return error.fields
    throw error
  }
  throw new Error(`${json} was taken`)
}

test('what is written reads back the same, through JSON text', () => {
  fc.assert(
    fc.property(anyEverything, (message) => {
      const back = codec.decode(JSON.stringify(codec.encode(message)))
      expect(equals(EverythingSchema, back, message)).toBe(true)
    }),
  )
})

test('what is read survives the binary form', () => {
  fc.assert(
    fc.property(anyEverything, (message) => {
      const back = codec.decode(JSON.stringify(codec.encode(message)))
      const binary = fromBinary(EverythingSchema, toBinary(EverythingSchema, back))
      expect(equals(EverythingSchema, binary, message)).toBe(true)
    }),
  )
})

describe('answers', () => {
  test('show numbers, false, empty lists and maps; leave out empty text and what is not set', () => {
    const zeros = ['double', 'float', 'int32', 'int64', 'uint32', 'uint64', 'sint32', 'sint64']
      .concat(['fixed32', 'fixed64', 'sfixed32', 'sfixed64'])
      .map((name) => [`${name}_value`, 0])
    const lists = ['numbers', 'texts', 'genres', 'books', 'times', 'amounts'].map((n) => [n, []])
    const maps = ['string_map', 'book_map', 'double_map'].map((name) => [name, {}])
    expect(codec.encode(create(EverythingSchema))).toEqual({
      ...Object.fromEntries([...zeros, ...lists, ...maps]),
      bool_value: false,
      level: 'low',
    })
  })

  test('show a field with presence whenever it is set', () => {
    const message = create(EverythingSchema, {
      optionalInt32: 0,
      optionalString: '',
      optionalLevel: Level.LOW,
      choice: { case: 'choiceText', value: '' },
    })
    expect(codec.encode(message)).toMatchObject({
      optional_int32: 0,
      optional_string: '',
      optional_level: 'low',
      choice_text: '',
    })
  })

  test.each([
    [2n ** 53n - 1n, 9007199254740991],
    [2n ** 53n, '9007199254740992'],
    [-(2n ** 53n) + 1n, -9007199254740991],
    [-(2n ** 63n), '-9223372036854775808'],
  ])('write the 64-bit integer %s as %j', (int64Value, json) => {
    expect(codec.encode(create(EverythingSchema, { int64Value })).int64_value).toBe(json)
  })

  test.each([
    [0n, 0, '1970-01-01T00:00:00Z'],
    [-1n, 999_000_000, '1969-12-31T23:59:59.999Z'],
    [0n, 120_000_000, '1970-01-01T00:00:00.120Z'],
    [0n, 1_000, '1970-01-01T00:00:00.000001Z'],
    [0n, 1, '1970-01-01T00:00:00.000000001Z'],
    [-62_135_596_800n, 0, '0001-01-01T00:00:00Z'],
  ])('write the time %s s %s ns as %s', (seconds, nanos, text) => {
    const message = create(EverythingSchema, { time: { seconds, nanos } })
    expect(codec.encode(message).time).toBe(text)
  })

  test('write an enum value that the contract does not know as its number', () => {
    const message = create(EverythingSchema, { genre: 77 as Genre })
    expect(codec.encode(message).genre).toBe(77)
  })

  test('a number that is not finite is a bug', () => {
    const message = create(EverythingSchema, { doubleValue: Number.NaN })
    expect(() => codec.encode(message)).toThrow('not finite')
  })
})

describe('takes', () => {
  test.each([
    ['"int64_value": 9007199254740993', '9007199254740993'],
    ['"int64_value": "9007199254740993"', '9007199254740993'],
    ['"uint64_value": 18446744073709551615', '18446744073709551615'],
    ['"int32_value": "-5"', -5],
    ['"int32_value": -0', 0],
    ['"double_value": 1e3', 1000],
    ['"double_value": -0.5E-2', -0.005],
    ['"bool_value": true', true],
    ['"string_value": "\\u00e9\\ud83d\\ude00\\n"', 'é😀\n'],
    ['"bytes_value": "-_8="', '+/8='],
    ['"bytes_value": "+/8"', '+/8='],
    ['"genre": "non_fiction"', 'non_fiction'],
    ['"level": "low"', 'low'],
    ['"time": "2026-02-01T01:30:00+02:00"', '2026-01-31T23:30:00Z'],
    ['"time": "2024-02-29t23:59:59.5z"', '2024-02-29T23:59:59.500Z'],
    ['"duration": "-1.5s"', '-1.500s'],
    ['"duration": "315576000000s"', '315576000000s'],
    [
      '"amount": 12345678901234567890.123456789012345678901234567890',
      '12345678901234567890.123456789012345678901234567890',
    ],
    ['"amount": "0.10"', '0.10'],
    ['"optional_int32": 0', 0],
    ['"choice_number": 0', 0],
  ])('%s', (member, value) => {
    const name = /"(\w+)"/.exec(member)?.[1] ?? ''
    expect(answered(`{${member}}`)).toHaveProperty(name, value)
  })

  test('decimals in lists keep their digits', () => {
    expect(answered('{"amounts": [0.1000, "2.50", 3]}')).toMatchObject({
      amounts: ['0.1000', '2.50', '3'],
    })
  })

  test('null as a field left out', () => {
    const nulls =
      '{"string_value": null, "books": null, "child": null, "choice_text": null, "genre": null}'
    expect(equals(EverythingSchema, codec.decode(nulls), create(EverythingSchema))).toBe(true)
    expect(answered('{"choice_text": null, "choice_number": 1}')).toHaveProperty('choice_number', 1)
  })

  test('keys named like members of a prototype as plain keys', () => {
    const json = '{"string_map": {"__proto__": "a", "constructor": "b", "toString": "c"}}'
    expect(JSON.stringify(answered(json))).toContain(
      json.slice(1, -1).replaceAll(': ', ':').replaceAll(', ', ','),
    )
    const { stringMap } = codec.decode(json)
    expect(Object.getPrototypeOf(stringMap)).toBe(Object.prototype)
    expect(Object.keys(stringMap)).toEqual(['__proto__', 'constructor', 'toString'])
  })
})

describe('refuses', () => {
  const integer = 'expected a whole number from'
  test.each([
    ['"int64_value": 1.5', 'int64_value', integer],
    ['"int64_value": 1.0', 'int64_value', integer],
    ['"int64_value": 1e3', 'int64_value', integer],
    ['"int64_value": 1e400', 'int64_value', integer],
    ['"int64_value": "0x10"', 'int64_value', integer],
    ['"int64_value": " 1"', 'int64_value', integer],
    ['"int64_value": ""', 'int64_value', integer],
    ['"int64_value": "01"', 'int64_value', integer],
    ['"int64_value": 9223372036854775808', 'int64_value', integer],
    ['"uint64_value": -1', 'uint64_value', integer],
    ['"int32_value": 2147483648', 'int32_value', integer],
    ['"uint32_value": -1', 'uint32_value', integer],
    ['"int32_value": true', 'int32_value', integer],
    ['"int32_value": [1]', 'int32_value', integer],
    [`"int32_value": ${'9'.repeat(100_000)}`, 'int32_value', integer],
    ['"double_value": 1e400', 'double_value', 'expected a finite number'],
    ['"double_value": "NaN"', 'double_value', 'expected a finite number'],
    ['"float_value": 1e39', 'float_value', 'expected a finite number'],
    ['"bool_value": "true"', 'bool_value', 'expected true or false'],
    ['"bool_value": 1', 'bool_value', 'expected true or false'],
    ['"string_value": 1', 'string_value', 'expected a string'],
    ['"string_value": "a\\u0000b"', 'string_value', 'expected a string without U+0000'],
    ['"string_value": "\\ud800"', 'string_value', 'unpaired surrogates'],
    ['"bytes_value": "a"', 'bytes_value', 'expected base64'],
    ['"bytes_value": "+_8="', 'bytes_value', 'expected base64'],
    ['"bytes_value": "YQ ="', 'bytes_value', 'expected base64'],
    ['"genre": "GENRE_FICTION"', 'genre', 'expected one of fiction, non_fiction'],
    ['"genre": "unspecified"', 'genre', 'expected one of fiction, non_fiction'],
    ['"genre": 1', 'genre', 'expected one of fiction, non_fiction'],
    ['"amount": 1e5', 'amount', 'without exponent'],
    ['"amount": true', 'amount', 'expected a decimal number'],
    ['"numbers": 1', 'numbers', 'expected an array'],
    ['"numbers": [1, null]', 'numbers[1]', integer],
    ['"books": [{}, {"title": 1}]', 'books[1].title', 'expected a string'],
    ['"books": [null]', 'books[0]', 'expected an object'],
    ['"child": []', 'child', 'expected an object'],
    ['"child": {"child": {"genre": 1}}', 'child.child.genre', 'expected one of'],
    ['"string_map": []', 'string_map', 'expected an object'],
    ['"string_map": {"a": null}', 'string_map.a', 'expected a string'],
    ['"book_map": {"x": {}}', 'book_map.x', 'expected a key that is a whole number'],
    ['"double_map": {"yes": 1}', 'double_map.yes', 'expected a key that is true or false'],
    ['"duration": "1.5"', 'duration', 'expected seconds'],
    ['"duration": "315576000000.1s"', 'duration', 'expected seconds'],
    ['"unknown": 1', 'unknown', 'unknown field'],
    ['"stringValue": "a"', 'stringValue', 'unknown field; its name is string_value'],
    ['"child": {"x": {"y": [1, {}]}}', 'child.x', 'unknown field'],
    ['"__proto__": {"bool_value": true}', '__proto__', 'unknown field'],
    ['"constructor": 1', 'constructor', 'unknown field'],
    ['"int32_value": 1, "int32_value": 1', 'int32_value', 'is given more than once'],
    ['"string_map": {"a": "1", "a": "2"}', 'string_map.a', 'is given more than once'],
    [
      '"choice_text": "a", "choice_number": 1',
      'choice_number',
      'only one of the choices may be given',
    ],
  ])('%s', (member, field, message) => {
    const [violation, ...others] = violations(`{${member}}`)
    expect(violation).toEqual({ field, message: expect.stringContaining(message) })
    expect(others).toEqual([])
  })

  test.each([
    '2026-02-30T00:00:00Z',
    '2025-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-00-01T00:00:00Z',
    '2026-01-01T24:00:00Z',
    '2026-01-01T00:60:00Z',
    '2026-12-31T23:59:60Z',
    '2026-01-01T00:00:00',
    '2026-01-01',
    '2026-01-01 00:00:00Z',
    '2026-01-01T00:00:00+24:00',
    '2026-01-01T00:00:00.Z',
    '2026-01-01T00:00:00.1234567890Z',
    '0000-01-01T00:00:00Z',
    '9999-12-31T23:59:59-01:00',
    '12026-01-01T00:00:00Z',
    '',
  ])('the time %j', (text) => {
    expect(violations(JSON.stringify({ time: text }))).toHaveLength(1)
  })

  test('everything wrong at once, each with its path, up to 100', () => {
    const found = violations('{"genre": 1, "books": [{"title": 1, "x": 2}], "bool_value": 0}')
    expect(found.map(({ field }) => field)).toEqual([
      'genre',
      'books[0].title',
      'books[0].x',
      'bool_value',
    ])
    expect(violations(`{"numbers": [${'true,'.repeat(500)}true]}`)).toHaveLength(100)
  })

  test('what is no object', () => {
    for (const json of ['[]', '1', 'null', '"a"']) {
      expect(violations(json)).toEqual([{ field: 'body', message: 'expected an object' }])
    }
  })

  test('long and broken names in paths are cut and well formed', () => {
    const [violation] = violations(`{"${'x'.repeat(1000)}": 1}`)
    expect(violation?.field).toBe('x'.repeat(64))
    expect(violations('{"\\ud800": 1}')[0]?.field).toBe('\ufffd')
  })
})

test('a type without a JSON form is found at start-up', () => {
  expect(() => createJsonCodec(ValueSchema)).toThrow('google.protobuf.Value has no JSON mapping')
})
