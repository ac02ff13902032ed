import { PurserError } from '@purser/kernel'
import { type Problem, problemKind } from '@purser/rest'
import { expect, test } from 'vitest'
import { scimProblem } from './scim-problem.ts'

const problemFor = ({ code, message, fields, details }: PurserError): Problem => ({
  type: `/problems/${code}`,
  ...problemKind(code),
  detail: message,
  code,
  request_id: 'r1',
  errors: fields.map((field) => ({ ...field })),
  ...details,
})

const error = 'urn:ietf:params:scim:api:messages:2.0:Error'

test('a refusal keeps its keyword (RFC 7644, section 3.12)', () => {
  const details = { scim_type: 'uniqueness' }
  const refusal = new PurserError('user.already_exists', 'Taken.', { details })
  expect(scimProblem(problemFor(refusal))).toEqual({
    schemas: [error],
    status: '409',
    scimType: 'uniqueness',
    detail: 'Taken.',
    code: 'user.already_exists',
    request_id: 'r1',
  })
})

test.each([
  ['resource.not_found', '404', undefined],
  ['auth.missing_credentials', '401', undefined],
  ['auth.permission_denied', '403', undefined],
  ['request.rate_limited', '429', undefined],
  ['platform.internal', '500', undefined],
  ['request.invalid', '400', 'invalidValue'],
] as const)('%s is a %s with the keyword %s', (code, status, scimType) => {
  const worded = scimProblem(problemFor(new PurserError(code, 'No.')))
  expect(worded).toMatchObject({ schemas: [error], status })
  expect(worded.scimType).toBe(scimType)
})

test('fields are told in the detail', () => {
  const fields = [{ field: 'user_id', message: 'must have at most 128 characters' }]
  const refusal = new PurserError('request.invalid', 'No.', { fields })
  expect(scimProblem(problemFor(refusal)).detail).toBe(
    'No. user_id must have at most 128 characters',
  )
})
