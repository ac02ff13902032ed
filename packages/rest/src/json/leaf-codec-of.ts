import { type DescField, getOption, ScalarType } from '@bufbuild/protobuf'
import { DurationSchema, TimestampSchema } from '@bufbuild/protobuf/wkt'
import { Format, rules } from '@purser/contracts/options'
import { enumCodec } from './enum-codec.ts'
import { integerCodec, integerRanges } from './integer-codec.ts'
import type { LeafCodec, LeafType } from './leaf-codec.ts'
import { booleanCodec, bytesCodec, decimalCodec, floatCodec, stringCodec } from './text-codecs.ts'
import { durationCodec, timestampCodec } from './time-codecs.ts'

const integerCodecs = new Map(
  [...integerRanges].map(([type, range]) => [type, integerCodec(range)] as const),
)
const floatCodecs = { single: floatCodec(true), double: floatCodec(false) }

/**
 * The codec of a field's value, of a list's element or of a map's value; undefined when it is a
 * message that JSON writes as an object.
 */
export function leafCodecOf(field: DescField): LeafCodec | undefined {
  const isDecimal = getOption(field, rules).format === Format.DECIMAL
  if (isDecimal && field.scalar === ScalarType.STRING) return decimalCodec
  return leafCodecOfType(field)
}

/** The same for a bare type, such as a map's key. */
export function leafCodecOfType(type: LeafType): LeafCodec | undefined {
  if (type.enum) return enumCodec(type.enum)
  if (type.message?.typeName === TimestampSchema.typeName) return timestampCodec
  if (type.message?.typeName === DurationSchema.typeName) return durationCodec
  return type.scalar === undefined ? undefined : scalarCodec(type.scalar)
}

function scalarCodec(type: ScalarType): LeafCodec | undefined {
  switch (type) {
    case ScalarType.STRING:
      return stringCodec
    case ScalarType.BOOL:
      return booleanCodec
    case ScalarType.BYTES:
      return bytesCodec
    case ScalarType.DOUBLE:
      return floatCodecs.double
    case ScalarType.FLOAT:
      return floatCodecs.single
    default:
      return integerCodecs.get(type)
  }
}
