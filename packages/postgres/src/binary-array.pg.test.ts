import { createTestDatabase, type TestDatabase, temporaryFolder } from '@purser/testing'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { encodeInt8Array, encodeTextArray, encodeTimestamptzArray } from './binary-array.ts'
import { statement } from './statement.ts'

const echo = statement(
  'test.echo_arrays',
  `select $1::text[] as texts, $2::int8[] as longs, $3::timestamptz[] as times,
     cardinality($1::text[]) as count`,
)
const unnest = statement(
  'test.unnest',
  `select name, id
   from unnest($1::text[], $2::int8[]) with ordinality as u(name, id, position)
   order by position`,
)

const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })
const int8 = fc.option(fc.oneof(fc.maxSafeInteger(), int64))
const storableText = fc
  .string({ unit: 'binary' })
  .filter((text) => !text.includes('\0') && text.isWellFormed())
/** The years 1900 to 2200. */
const micros = fc.integer({ min: -2_208_988_800_000_000, max: 7_258_118_400_000_000 })

function instant(epochMicros: bigint | number): Temporal.Instant {
  return Temporal.Instant.fromEpochNanoseconds(BigInt(epochMicros) * 1000n)
}

describe('binary arrays', () => {
  let db: TestDatabase
  beforeAll(async () => {
    await using folder = await temporaryFolder()
    db = await createTestDatabase('arrays', folder.path)
  })
  afterAll(() => db.close())

  const roundTrip = async (
    texts: (string | null)[],
    longs: (bigint | number | null)[],
    times: (bigint | number | null)[],
  ) => {
    const values = [encodeTextArray(texts), encodeInt8Array(longs), encodeTimestamptzArray(times)]
    const [row] = await db.database.tx('acme', (tx) =>
      tx.query<{
        texts: string[]
        longs: bigint[]
        times: (Temporal.Instant | null)[]
        count: number
      }>(echo, values),
    )
    return row
  }

  test('come back as they were sent', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.option(storableText)),
        fc.array(int8),
        fc.array(fc.option(fc.oneof(micros, micros.map(BigInt)))),
        async (texts, longs, times) => {
          const row = await roundTrip(texts, longs, times)
          expect(row?.texts).toEqual(texts)
          expect(row?.count).toBe(texts.length)
          expect(row?.longs).toEqual(longs.map((long) => (long === null ? null : BigInt(long))))
          expect(row?.times.map(String)).toEqual(
            times.map((time) => String(time === null ? null : instant(time))),
          )
        },
      ),
      { numRuns: 200 },
    )
  })

  test('hold the ends of the range, nothing, and text of several bytes a character', async () => {
    const longs = [-(2n ** 63n), 2n ** 63n - 1n, Number.MIN_SAFE_INTEGER, -1, 0, null]
    const texts = ['', 'żółć €', '👩‍🚀', '"\\{},null', null]
    const row = await roundTrip(texts, longs, [])
    expect(row).toEqual({
      texts,
      longs: longs.map((long) => (long === null ? null : BigInt(long))),
      times: [],
      count: 5,
    })
  })

  test('feed unnest, row by row', async () => {
    const rows = await db.database.tx('acme', (tx) =>
      tx.query(unnest, [encodeTextArray(['b', null, 'a']), encodeInt8Array([2, 3n, null])]),
    )
    expect(rows).toEqual([
      { name: 'b', id: 2n },
      { name: null, id: 3n },
      { name: 'a', id: null },
    ])
  })
})
