import fc from 'fast-check'
import { expect, test } from 'vitest'
import { hashTexts } from './hash-texts.ts'

test('two requests have one hash when they are the same texts in the same order', () => {
  const texts = fc.array(fc.string({ maxLength: 3 }), { maxLength: 4 })
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      const isSame = JSON.stringify(one) === JSON.stringify(other)
      expect(hashTexts(one).equals(hashTexts(other))).toBe(isSame)
    }),
  )
})

test.each([
  [
    ['ab', 'c'],
    ['a', 'bc'],
  ],
  [['a', ''], ['a']],
  [
    ['a', 'b'],
    ['b', 'a'],
  ],
  [['a,b'], ['a', 'b']],
])('%j is not %j', (one, other) => {
  expect(hashTexts(one).equals(hashTexts(other))).toBe(false)
})
