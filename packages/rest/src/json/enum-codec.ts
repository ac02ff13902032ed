import type { DescEnum } from '@bufbuild/protobuf'
import { type LeafCodec, leafCodec } from './leaf-codec.ts'

/**
 * The words of an enum in JSON by number, in order: lower case, without the prefix that the values
 * share (`ROUNDING_HALF_EVEN` is `half_even`). A zero value named `..._UNSPECIFIED` stands for "not
 * set" and has no word.
 */
export function enumWords(type: DescEnum): Map<number, string> {
  const words = new Map<number, string>()
  for (const value of type.values) {
    const name = value.name.toLowerCase()
    const word = name.slice(type.sharedPrefix?.length ?? 0)
    if (value.number === 0 && word === 'unspecified') continue
    if (!words.has(value.number)) words.set(value.number, word)
  }
  return words
}

/** Enums as words. A number that this contract does not know yet is answered as that number. */
export function enumCodec(type: DescEnum): LeafCodec {
  const words = enumWords(type)
  const numbers = new Map([...words].map(([number, word]) => [word, number]))
  return leafCodec({
    expected: `one of ${[...words.values()].join(', ')}`,
    textKind: 'string',
    decode: (kind, text) => (kind === 'string' ? numbers.get(text) : undefined),
    encode: (value) => words.get(value as number) ?? (value as number),
    isEmpty: (value) => value === 0 && !words.has(0),
  })
}
