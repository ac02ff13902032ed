import { PurserError } from '@purser/kernel'
import { expect, test } from 'vitest'
import { UpdateBookRequestSchema } from '../../test-contract/gen/library/v1/library_pb.js'
import { inBodyTerms } from './body-paths.ts'

const [book] = UpdateBookRequestSchema.fields

test.each([
  ['book', 'body'],
  ['book.title', 'title'],
  ['book[2].title', 'body[2].title'],
  ['bookmark', 'bookmark'],
  ['dry_run', 'dry_run'],
])('%s is known to callers as %s', (field, name) => {
  const fields = [{ field, message: 'is required' }]
  const cause = new Error('private')
  const error = new PurserError('request.invalid', 'no', { fields, details: { a: 'b' }, cause })
  const seen = inBodyTerms(error, book ?? 'none')
  expect(seen).toMatchObject({ code: 'request.invalid', message: 'no', details: { a: 'b' }, cause })
  expect(seen.fields).toEqual([{ field: name, message: 'is required' }])
  expect(inBodyTerms(error, '*')).toBe(error)
})
