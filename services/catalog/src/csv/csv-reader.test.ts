import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CsvReader, type CsvRecord } from './csv-reader.ts'

function read(pieces: readonly string[]): CsvRecord[] {
  const records: CsvRecord[] = []
  const reader = new CsvReader((record) => records.push(record))
  for (const piece of pieces) reader.push(piece)
  reader.end()
  return records
}

const cellsOf = (text: string) =>
  read([text]).map((record) => (record.kind === 'cells' ? record.cells : record.reason))

test.each([
  [
    'a,b\nc,d',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  [
    'a,b\r\nc,d\r\n',
    [
      ['a', 'b'],
      ['c', 'd'],
    ],
  ],
  ['"a ""b"", c","d\ne"\n', [['a "b", c', 'd\ne']]],
  [
    'a,,\n\n,\n',
    [
      ['a', '', ''],
      ['', ''],
    ],
  ],
  ['""\n"",""\n', [['', '']]],
  ['a\rb,c\n', [['a\rb', 'c']]],
  ['"a"b,c\nd,e\n', ['stray_quote', ['d', 'e']]],
  ['a"b,c\n', [['a"b', 'c']]],
  ['ok,1\n"open,2\nlost,3', [['ok', '1'], 'unclosed_quote', ['lost', '3']]],
])('%j is read as %j', (text, expected) => {
  expect(cellsOf(text)).toEqual(expected)
})

test('records know the line on which they begin', () => {
  const records = read(['h\n"a\nb"\nc\n\nd'])
  expect(records.map(({ line }) => line)).toEqual([1, 2, 4, 6])
})

test('a record that is too long is refused and the next ones are read', () => {
  const long = 'x'.repeat(300_000)
  const records = read([`a,1\n`, long.slice(0, 150_000), long.slice(150_000), `,2\nb,2\n`])
  expect(records).toEqual([
    { line: 1, kind: 'cells', cells: ['a', '1'] },
    { line: 2, kind: 'refused', reason: 'too_long' },
    { line: 3, kind: 'cells', cells: ['b', '2'] },
  ])
})

const cell = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r', ' ', 'é'), maxLength: 6 })
const table = fc.array(fc.array(cell, { minLength: 2, maxLength: 4 }), { maxLength: 5 })

test('what is written comes back, however it is cut', () => {
  fc.assert(
    fc.property(table, fc.array(fc.nat({ max: 60 }), { maxLength: 5 }), (rows, cuts) => {
      const text = rows
        .map((row) => `${row.map((each) => `"${each.replaceAll('"', '""')}"`).join(',')}\r\n`)
        .join('')
      const at = [0, ...cuts.filter((cut) => cut < text.length), text.length].toSorted(
        (a, b) => a - b,
      )
      const pieces = at.slice(1).map((end, index) => text.slice(at[index], end))
      expect(
        read(pieces).map((record) => (record.kind === 'cells' ? record.cells : record)),
      ).toEqual(rows)
    }),
  )
})

test('no text makes the reader throw or go on for ever', () => {
  fc.assert(
    fc.property(
      fc.array(fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r'), maxLength: 9 })),
      (pieces) => {
        expect(read(pieces).length).toBeLessThan(200)
      },
    ),
  )
})

test('how a text is cut changes nothing', () => {
  const part = fc.string({ unit: fc.constantFrom('a', ',', '"', '\n', '\r'), maxLength: 9 })
  fc.assert(
    fc.property(fc.array(part), (pieces) => {
      expect(read(pieces)).toEqual(read([pieces.join('')]))
    }),
  )
})
