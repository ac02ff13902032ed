import { create, type MessageInitShape } from '@bufbuild/protobuf'
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt'
import fc from 'fast-check'
import { EverythingSchema, Genre, Level } from './gen/library/v1/library_pb.js'

type EverythingInit = MessageInitShape<typeof EverythingSchema>

const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const uint32 = fc.integer({ min: 0, max: 2 ** 32 - 1 })
const int64 = fc.oneof(
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, 2n ** 53n + 1n, -(2n ** 53n) - 1n, -(2n ** 63n)),
)
const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n })
// JSON.stringify writes -0 as 0.
const double = fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => value + 0)
const text = fc.string({ unit: 'binary' }).map((value) => value.replaceAll('\0', ''))
const genre = fc.constantFrom(Genre.FICTION, Genre.NON_FICTION)
const decimal = fc
  .tuple(fc.bigInt(), fc.stringMatching(/^(\.[0-9]{1,30})?$/))
  .map(([whole, fraction]) => `${whole}${fraction}`)
const time = fc
  .record({
    seconds: fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }),
    nanos: fc.integer({ min: 0, max: 999_999_999 }),
  })
  .map((value) => create(TimestampSchema, value))
const duration = fc
  .tuple(
    fc.bigInt({ min: 0n, max: 1_000_000n }),
    fc.integer({ min: 0, max: 999_999_999 }),
    fc.boolean(),
  )
  .map(([seconds, nanos, negative]) =>
    create(DurationSchema, {
      seconds: negative ? -seconds : seconds,
      nanos: negative ? 0 - nanos || 0 : nanos,
    }),
  )
const book = fc.record({ title: text, genre, pageCount: int32, printTime: time })
const pairs = <Value>(key: fc.Arbitrary<string>, value: fc.Arbitrary<Value>) =>
  fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: true })

/** Any message with one field of each kind, down to three levels. */
export const anyEverything = fc
  .letrec<{ everything: EverythingInit }>((tie) => ({
    everything: fc.record(
      {
        doubleValue: double,
        floatValue: double.map((value) => Math.fround(value) + 0).filter(Number.isFinite),
        int32Value: int32,
        int64Value: int64,
        uint32Value: uint32,
        uint64Value: uint64,
        sint32Value: int32,
        sint64Value: int64,
        fixed32Value: uint32,
        fixed64Value: uint64,
        sfixed32Value: int32,
        sfixed64Value: int64,
        boolValue: fc.boolean(),
        stringValue: text,
        bytesValue: fc.uint8Array({ maxLength: 9 }),
        genre,
        level: fc.constantFrom(Level.LOW, Level.HIGH),
        time,
        duration,
        amount: decimal,
        optionalInt32: int32,
        optionalString: text,
        optionalLevel: fc.constantFrom(Level.LOW, Level.HIGH),
        numbers: fc.array(int64, { maxLength: 3 }),
        texts: fc.array(text, { maxLength: 3 }),
        genres: fc.array(genre, { maxLength: 3 }),
        books: fc.array(book, { maxLength: 2 }),
        stringMap: pairs(text, text),
        bookMap: pairs(int64.map(String), book),
        doubleMap: pairs(fc.constantFrom('true', 'false'), double),
        child: fc.option(tie('everything'), { nil: undefined, depthSize: 'small', maxDepth: 3 }),
        choice: fc.oneof(
          text.map((value) => ({ case: 'choiceText' as const, value })),
          int32.map((value) => ({ case: 'choiceNumber' as const, value })),
          book.map((value) => ({ case: 'choiceBook' as const, value })),
        ),
        times: fc.array(time, { maxLength: 2 }),
        amounts: fc.array(decimal, { maxLength: 2 }),
      },
      { requiredKeys: [] },
    ) as fc.Arbitrary<EverythingInit>,
  }))
  .everything.map((init) => create(EverythingSchema, init))
