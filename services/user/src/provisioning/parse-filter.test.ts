import { isPurserError } from '@purser/kernel'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { filterQuery } from './filter-query.ts'
import { matchesElement } from './matches-element.ts'
import { parseElementFilter, parseFilter } from './parse-filter.ts'
import { findAttribute, userSchema } from './scim-schema.ts'

const emails = findAttribute(userSchema.definition.attributes, 'emails')
const words = [
  'userName',
  'emails',
  'title',
  'eq',
  'co',
  'pr',
  'and',
  'or',
  'not',
  '(',
  ')',
  '[',
  ']',
  '"x"',
  'true',
  'null',
  '"',
  '\\',
  '.',
  'a',
]

/** What reading a text as a filter comes to. */
function outcome(text: string): string {
  try {
    return filterQuery(parseFilter(userSchema, text)).predicate
  } catch (error) {
    if (isPurserError(error) && error.details.scim_type === 'invalidFilter') return 'refused'
    throw error
  }
}

test('any text is a filter or refused', () => {
  const soup = fc
    .array(fc.constantFrom(...words), { maxLength: 30 })
    .map((parts) => parts.join(' '))
  const texts = fc.oneof(soup, fc.string({ unit: 'binary', maxLength: 200 }))
  fc.assert(
    fc.property(texts, (text) => {
      expect(outcome(text)).toBeTypeOf('string')
    }),
    { numRuns: 2_000 },
  )
})

test('no text of a value becomes a part of the predicate', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (value) => {
      const query = filterQuery(parseFilter(userSchema, `title eq ${JSON.stringify(value)}`))
      expect(query).toEqual({
        predicate: '($."title" == $v0)',
        values: { v0: value.toLowerCase() },
      })
    }),
  )
})

test.each([
  ['type eq "WORK"', true],
  ['type ne "work"', false],
  ['type pr and not (display pr)', true],
  ['value co "@EX" and value sw "a" and value ew ".COM"', true],
  ['primary eq true or value eq "b"', true],
  ['primary eq false', false],
  ['value gt "a" and value ge "a@example.com" and value le "b" and value lt "b"', true],
  ['display eq null', true],
])('an element fulfils %s: %s', (text, expected) => {
  if (emails === undefined) throw new Error('there are no e-mails')
  const element = { value: 'a@example.com', type: 'work', primary: true }
  expect(matchesElement(parseElementFilter(emails, text), element)).toBe(expected)
})
