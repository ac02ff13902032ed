import { isPurserError } from '@purser/kernel'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonReader } from './json-reader.ts'

/** What the reader makes of a text, as plain values; numbers as their source text. */
function readAll(text: string, maxDepth?: number): unknown {
  const reader = new JsonReader(text, maxDepth === undefined ? {} : { maxDepth })
  const value = readValue(reader)
  reader.end()
  return value
}

function readValue(reader: JsonReader): unknown {
  switch (reader.kind()) {
    case 'string':
      return reader.string()
    case 'number':
      return Number(reader.number())
    case 'object': {
      const pairs: [string, unknown][] = []
      for (let key = reader.firstKey(); key !== undefined; key = reader.nextKey()) {
        pairs.push([key, readValue(reader)])
      }
      return Object.fromEntries(pairs)
    }
    case 'array': {
      const items: unknown[] = []
      for (let more = reader.firstItem(); more; more = reader.nextItem())
        items.push(readValue(reader))
      return items
    }
    default:
      return JSON.parse(reader.literal())
  }
}

function outcome(read: () => unknown): unknown {
  try {
    return { value: read() }
  } catch (error) {
    if (error instanceof SyntaxError) return 'refused'
    if (isPurserError(error) && error.code === 'request.invalid_json') return 'refused'
    throw error
  }
}

describe('agrees with JSON.parse', () => {
  test('on any JSON, with any white space', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(4), (text, indent) => {
        const spaced = JSON.stringify(JSON.parse(text), null, indent)
        expect(readAll(spaced)).toEqual(JSON.parse(spaced))
      }),
    )
  })

  test('on text that is nearly JSON', () => {
    const pieces = [
      '{',
      '}',
      '[',
      ']',
      ',',
      ':',
      '"a"',
      '"',
      '\\',
      '1',
      '-',
      '.5',
      'e3',
      '0',
      'true',
      'nul',
      ' ',
      '\n',
    ]
    const nearly = fc
      .array(fc.constantFrom(...pieces), { maxLength: 8 })
      .map((list) => list.join(''))
    const check = (text: string) => {
      expect(
        outcome(() => readAll(text)),
        text,
      ).toEqual(outcome(() => JSON.parse(text)))
    }
    fc.assert(fc.property(nearly, check), { numRuns: 5000 })
  })

  test('on any damage to a text', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), fc.string({ maxLength: 3 }), (text, at, junk) => {
        const place = at % (text.length + 1)
        const damaged = text.slice(0, place) + junk + text.slice(place + 1)
        expect(
          outcome(() => readAll(damaged)),
          damaged,
        ).toEqual(outcome(() => JSON.parse(damaged)))
      }),
      { numRuns: 1000 },
    )
  })

  test.each([
    '01',
    '-',
    '1.',
    '.1',
    '+1',
    '1e',
    '0x1',
    'NaN',
    'Infinity',
    "'a'",
    '"\t"',
    '"\\x"',
    '"\\u12"',
    '"\\',
    '[1,]',
    '{"a":1,}',
    '{,}',
    '{a:1}',
    '[1 2]',
    '{"a" 1}',
    '',
    ' ',
    '//c\n1',
    'truex',
    '1 1',
    '\u00a01',
    '\v1',
  ])('refuses %j', (text) => {
    expect(outcome(() => readAll(text))).toBe('refused')
    expect(outcome(() => JSON.parse(text))).toBe('refused')
  })
})

test('numbers keep every digit', () => {
  const digits = '-12345678901234567890.12345678901234567890E+400'
  expect(new JsonReader(`  ${digits} `).number()).toBe(digits)
})

test('a byte order mark is ignored at the start and nowhere else', () => {
  expect(readAll('\ufeff[1]')).toEqual([1])
  expect(() => readAll('[\ufeff1]')).toThrow('expected a value')
})

test('nesting is bounded, also in what is skipped', () => {
  const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels)
  expect(readAll(nested(3), 3)).toEqual([[[]]])
  expect(() => readAll(nested(4), 3)).toThrow('expected at most 3 levels of nesting')
  expect(() => new JsonReader('[{"a":'.repeat(1_000_000)).skip()).toThrow('at most 100 levels')
})

test('an error names what was expected and where', () => {
  const error = (() => {
    try {
      return readAll('{\n  "a": 1\n  "b": 2}')
    } catch (caught) {
      return caught
    }
  })()
  expect(error).toMatchObject({
    code: 'request.invalid_json',
    message: "invalid JSON: expected ',' or '}' at line 3, column 3",
    details: { position: '13' },
  })
})

test('skip answers the source text', () => {
  const reader = new JsonReader('{"a": [1, {"b": "]}"}] , "c":null}')
  expect(reader.firstKey()).toBe('a')
  expect(reader.skip()).toBe('[1, {"b": "]}"}]')
  expect(reader.nextKey()).toBe('c')
})
