import { ScalarType } from '@bufbuild/protobuf'
import { type LeafCodec, leafCodec } from './leaf-codec.ts'

const INTEGER = /^-?(?:0|[1-9][0-9]*)$/
// No 64-bit integer has more than 20 characters; longer text is refused before it is converted.
const MAX_LENGTH = 20

type Range = readonly [minimum: bigint, maximum: bigint]

const INT32: Range = [-(2n ** 31n), 2n ** 31n - 1n]
const UINT32: Range = [0n, 2n ** 32n - 1n]
const INT64: Range = [-(2n ** 63n), 2n ** 63n - 1n]
const UINT64: Range = [0n, 2n ** 64n - 1n]

/** The range of each integer type, inclusive. */
export const integerRanges: ReadonlyMap<ScalarType, Range> = new Map([
  [ScalarType.INT32, INT32],
  [ScalarType.SINT32, INT32],
  [ScalarType.SFIXED32, INT32],
  [ScalarType.UINT32, UINT32],
  [ScalarType.FIXED32, UINT32],
  [ScalarType.INT64, INT64],
  [ScalarType.SINT64, INT64],
  [ScalarType.SFIXED64, INT64],
  [ScalarType.UINT64, UINT64],
  [ScalarType.FIXED64, UINT64],
])

/** Whether values of the type are `bigint` in messages. */
function is64Bit(range: Range): boolean {
  return range === INT64 || range === UINT64
}

/**
 * Whole numbers as JSON numbers or strings, in digits: no fraction, no exponent, no leading zero.
 * 64-bit integers are answered as numbers while a double holds them exactly (|n| ≤ 2^53 - 1) and as
 * strings beyond.
 */
export function integerCodec(range: Range): LeafCodec {
  const [minimum, maximum] = range
  const [least, greatest] = range.map(Number) as [number, number]
  const wide = is64Bit(range)
  return leafCodec({
    expected: `a whole number from ${minimum} to ${maximum}`,
    textKind: 'number',
    decode(kind, text) {
      if (kind === 'boolean' || text.length > MAX_LENGTH || !INTEGER.test(text)) return undefined
      if (!wide) {
        // A double orders numbers of this size right; adding 0 makes 0 of -0.
        const value = Number(text) + 0
        return value >= least && value <= greatest ? value : undefined
      }
      const value = BigInt(text)
      return value >= minimum && value <= maximum ? value : undefined
    },
    encode(value) {
      if (typeof value !== 'bigint') return value as number
      const number = Number(value)
      return Number.isSafeInteger(number) ? number : value.toString()
    },
  })
}
