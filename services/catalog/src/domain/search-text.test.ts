import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldText, keysOf, knownWords, trigramsOf, wordsOf } from './search-text.ts'

test.each([
  ['Café-Crème, 2 cups!', 'cafe creme 2 cups'],
  ['  T-SHIRT  ', 't shirt'],
  ['ﬁne Å', 'fine a'],
  ['ŻÓŁTA', 'zołta'],
  ['!!!', ''],
])('%j is folded to %j', (text, folded) => {
  expect(foldText(text)).toBe(folded)
})

test('folding twice is folding once', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      (text) => foldText(foldText(text)) === foldText(text),
    ),
  )
})

test('a question has at most eight words of at most forty letters', () => {
  expect(wordsOf('a b c d e f g h i j')).toEqual([...'abcdefgh'])
  expect(wordsOf('x'.repeat(100))).toEqual(['x'.repeat(40)])
  expect(wordsOf(' -- ')).toEqual([])
})

test('words of two letters are not suggested', () => {
  expect(knownWords(['of the mug', 'mug of tea'])).toEqual(['mug', 'tea', 'the'])
})

test('trigrams are those of pg_trgm', () => {
  expect(trigramsOf('cat')).toEqual(['  c', ' ca', 'cat', 'at '])
  expect(trigramsOf('aaaa')).toEqual(['  a', ' aa', 'aaa', 'aa '])
})

describe('one slip of the fingers leaves a key in common', () => {
  const letter = fc.constantFrom(...'abcdef')
  const word = fc.array(letter, { minLength: 2, maxLength: 9 })
  const shares = (a: readonly string[], b: readonly string[]) => {
    const keys = new Set(keysOf(a.join('')).filter((key) => key.startsWith('1')))
    return keysOf(b.join('')).some((key) => keys.has(key))
  }
  const at = fc.nat({ max: 8 })

  test.each([
    ['a letter more', (from: string[], place: number) => from.toSpliced(place, 0, 'z')],
    ['a letter less', (from: string[], place: number) => from.toSpliced(place, 1)],
    ['another letter', (from: string[], place: number) => from.toSpliced(place, 1, 'z')],
    [
      'two neighbours swapped',
      (from: string[], place: number) =>
        from.toSpliced(place, 2, from[place + 1] ?? '', from[place] ?? ''),
    ],
  ])('%s', (_, slip) => {
    fc.assert(fc.property(word, at, (from, place) => shares(from, slip(from, place % from.length))))
  })
})
