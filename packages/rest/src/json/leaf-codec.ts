import type { DescEnum, DescMessage } from '@bufbuild/protobuf'

/** JSON as `JSON.stringify` takes it. */
export type JsonValue = string | number | boolean | null | JsonValue[] | JsonObject
export type JsonObject = { [key: string]: JsonValue }

type LeafKind = 'string' | 'number' | 'boolean'

/**
 * Maps one value that is no JSON object or array: scalars, enums, times and durations.
 *
 * `decode` gets the source text of a JSON string (unescaped), number or boolean and answers the value
 * of the message, or undefined to refuse it; `expected` then tells the caller what was expected.
 * `textKind` is how bare text, of a path or a query, is read. `isEmpty` names the values of fields
 * without presence that answers leave out.
 */
export type LeafCodec = {
  readonly expected: string
  readonly textKind: LeafKind
  decode(kind: LeafKind, text: string): unknown
  encode(value: unknown): JsonValue
  isEmpty(value: unknown): boolean
}

/** The type of a leaf: what `field.scalar`, `field.enum` and `field.message` of a descriptor say. */
export type LeafType = {
  readonly scalar?: number | undefined
  readonly enum?: DescEnum | undefined
  readonly message?: DescMessage | undefined
}

const never = () => false

/** A codec for values that answers always show. */
export function leafCodec(
  codec: Omit<LeafCodec, 'isEmpty'> & Partial<Pick<LeafCodec, 'isEmpty'>>,
): LeafCodec {
  return { isEmpty: never, ...codec }
}
