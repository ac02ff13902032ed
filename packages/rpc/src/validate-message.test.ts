import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { isPurserError } from '@purser/kernel'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  AllRequiredSchema,
  BadPatternRequestSchema,
  type Color,
  RuledSchema,
} from '../test-contract/gen/purser/testing/v1/testing_pb.js'
import { compileRules, validateMessage } from './validate-message.ts'

type AllRequired = MessageInitShape<typeof AllRequiredSchema>
// Field values alone: a spread of whole messages is not an init shape.
type Ruled = Exclude<MessageInitShape<typeof RuledSchema>, { $typeName: string }>

// What a newer contract may know, as it arrives from the wire.
const unknownColor = 7 as Color
const valid: Ruled = { tags: ['a'] }

function violations(init: Ruled): string[] {
  return found(() => validateMessage(RuledSchema, create(RuledSchema, { ...valid, ...init })))
}

function found(work: () => void): string[] {
  try {
    work()
  } catch (error) {
    if (!isPurserError(error)) throw error
    expect(error.code).toBe('request.invalid')
    return error.fields.map(({ field, message }) => `${field}: ${message}`)
  }
  return []
}

test('left-out optional fields pass', () => {
  expect(violations({})).toEqual([])
})

test.each<[Ruled, string[]]>([
  [{ shortText: 'ab' }, []],
  [{ shortText: '😀😀😀' }, []],
  [{ shortText: 'a' }, ['short_text: must have at least 2 characters']],
  [{ shortText: '😀' }, ['short_text: must have at least 2 characters']],
  [{ shortText: 'abcd' }, ['short_text: must have at most 3 characters']],
  [{ matched: 'ÄÖ' }, []],
  [{ matched: 'äö' }, ['matched: is not written as expected']],
  [{ slug: 'acme-2' }, []],
  [{ currency: 'EUR', timeZone: 'Europe/Warsaw', month: '2026-02', resourceId: 'A:b@c.d' }, []],
  [{ email: "o'neil+x@mail.example.com" }, []],
  [{ decimal: '-0.000000001' }, []],
  [{ small: 5 }, []],
  [{ small: -6 }, ['small: must be at least -5']],
  [{ small: 6 }, ['small: must be at most 5']],
  [{ large: 9007199254740993n }, []],
  [{ large: 9007199254740994n }, ['large: must be at most 9007199254740993']],
  [{ large: -1n }, ['large: must be at least 0']],
  [{ ratio: 0.5 }, []],
  [{ ratio: 1.5 }, ['ratio: must be at most 1']],
  [{ ratio: Number.NaN }, ['ratio: must be a finite number']],
  [{ ratio: Number.POSITIVE_INFINITY }, ['ratio: must be a finite number']],
  [{ maybe: 1 }, []],
  [{ maybe: 0 }, ['maybe: must be at least 1']],
  [{ maybeText: 'ab' }, []],
  [{ maybeText: '' }, ['maybe_text: must have at least 2 characters']],
  [{ maybeText: 'a' }, ['maybe_text: must have at least 2 characters']],
  [{ maybeSlug: '' }, []],
  [{ shortText: '' }, []],
  [{ color: unknownColor }, ['color: must be one of COLOR_UNSPECIFIED, COLOR_RED']],
  [{ colors: [1, unknownColor] }, ['colors[1]: must be one of COLOR_UNSPECIFIED, COLOR_RED']],
  [{ tags: [] }, ['tags: must have at least 1 item']],
  [{ tags: ['a', 'b', 'c', 'abcdef'] }, ['tags: must have at most 3 items']],
  [{ tags: ['a', 'abcdef'] }, ['tags[1]: must have at most 5 characters']],
  [{ properties: { a: '1', b: '2', c: '3' } }, ['properties: must have at most 2 pairs']],
  [{ properties: { abcd: '1' } }, ['properties["abcd"]: its key must have at most 3 characters']],
  [{ properties: { a: '12345' } }, ['properties["a"]: must have at most 4 characters']],
  [{ leaves: { x: { unitAmount: '1' } } }, []],
  [{ leaves: { x: {} } }, ['leaves["x"].unit_amount: is required']],
  [
    { prices: [{ branches: [{ tiers: [{ unitAmount: '1' }, {}] }] }] },
    ['prices[0].branches[0].tiers[1].unit_amount: is required'],
  ],
  [{ choice: { case: 'word', value: 'abc' } }, []],
  [{ choice: { case: 'word', value: 'abcd' } }, ['word: must have at most 3 characters']],
  [{ choice: { case: 'leaf', value: {} } }, ['leaf.unit_amount: is required']],
  [{ time: { seconds: 253402300799n, nanos: 999_999_999 } }, []],
  [{ time: { seconds: 253402300800n } }, ['time: must be a time from the year 1 to 9999']],
  [{ time: { nanos: -1 } }, ['time: must be a time from the year 1 to 9999']],
])('%o: %o', (init, expected) => {
  expect(violations(init)).toEqual(expected)
})

test.each<[keyof Ruled & string, string[]]>([
  ['slug', ['Acme', '-a', 'a'.repeat(64), 'a b', 'ä']],
  ['resourceId', ['_a', 'a/b', 'a'.repeat(129), 'a\n']],
  ['currency', ['eur', 'XYZ', 'EURO']],
  ['timeZone', ['Mars/Base', 'Europe', '../etc', '+25:00']],
  ['month', ['2026-13', '2026-2', '26-02', '2026-02-01']],
  ['email', ['a', 'a@', '@b', 'a b@c', 'a@b..c', 'a@-b', `${'a'.repeat(65)}@b`, 'a@b\n']],
  ['decimal', ['1e5', '.5', '5.', '+1', '1,5', 'NaN', ' 1', `1.${'0'.repeat(100)}`]],
])('%s refuses %o', (field, texts) => {
  for (const text of texts)
    expect([text, violations({ [field]: text })]).toEqual([text, [expect.any(String)]])
})

test('all violations are reported in the order of the fields', () => {
  expect(violations({ time: { nanos: -1 }, shortText: 'a', tags: [], small: 9 })).toEqual([
    'short_text: must have at least 2 characters',
    'small: must be at most 5',
    'tags: must have at least 1 item',
    'time: must be a time from the year 1 to 9999',
  ])
})

test('every kind of required field says so when left out, and passes when present', () => {
  const check = (init: AllRequired) =>
    found(() => validateMessage(AllRequiredSchema, create(AllRequiredSchema, init)))
  const names = 'text number explicit_number color leaf tags properties data'.split(' ')
  expect(check({})).toEqual(names.map((name) => `${name}: is required`))
  const present = {
    text: 'a',
    number: 1,
    explicitNumber: 0,
    color: 1,
    leaf: { unitAmount: '0' },
    tags: [''],
    properties: { a: '' },
    data: new Uint8Array(1),
  }
  expect(check(present)).toEqual([])
})

test('lengths are code points, whatever the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (shortText) => {
      const length = [...shortText].length
      expect(violations({ shortText }).length === 0).toBe(length >= 2 && length <= 3)
    }),
  )
})

test('a pattern that does not compile is refused each time, with the name of its field', () => {
  for (const _ of [1, 2]) {
    expect(() => compileRules(BadPatternRequestSchema)).toThrow(
      /pattern of field purser\.testing\.v1\.BadPatternRequest\.text does not compile/,
    )
  }
})
