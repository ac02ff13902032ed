import { type ErrorCode, PurserError } from '@purser/kernel'
import { expect, test } from 'vitest'
import { problemHeaders, problemKind, problemOf } from './problem.ts'

test.each<[ErrorCode, number]>([
  ['request.invalid', 400],
  ['request.invalid_json', 400],
  ['auth.missing_credentials', 401],
  ['auth.permission_denied', 403],
  ['resource.not_found', 404],
  ['request.method_not_allowed', 405],
  ['meter.already_exists', 409],
  ['billing.run_in_progress', 409],
  ['billing.period_not_ended', 409],
  ['request.body_too_large', 413],
  ['request.unsupported_media_type', 415],
  ['request.canceled', 499],
  ['platform.internal', 500],
  ['platform.overloaded', 503],
  ['request.deadline_exceeded', 504],
])('%s is answered with %s', (code, status) => {
  expect(problemKind(code).status).toBe(status)
})

test('a problem shows what is public and nothing else', () => {
  const error = new PurserError('billing.period_not_ended', 'February has not ended', {
    fields: [{ field: 'period', message: 'ends later' }],
    details: { ends: '2026-03-01', status: '200', type: 'x' },
    cause: new Error('secret'),
  })
  const problem = problemOf(error, 'req_1')
  expect(problem).toEqual({
    ends: '2026-03-01',
    type: '/problems/billing.period_not_ended',
    title: 'Not possible in this state',
    status: 409,
    detail: 'February has not ended',
    code: 'billing.period_not_ended',
    request_id: 'req_1',
    errors: [{ field: 'period', message: 'ends later' }],
  })
})

test.each<[ErrorCode, Record<string, string>, Record<string, string>]>([
  ['auth.invalid_credentials', {}, { 'www-authenticate': 'Bearer' }],
  ['platform.overloaded', {}, { 'retry-after': '1' }],
  ['platform.overloaded', { retry_after_seconds: '30' }, { 'retry-after': '30' }],
  ['platform.overloaded', { retry_after_seconds: '1\r\nx: y' }, { 'retry-after': '1' }],
  ['request.unsupported_media_type', {}, { 'accept-encoding': 'gzip' }],
  ['request.invalid', { retry_after_seconds: '30' }, {}],
])('%s with %j brings its headers', (code, details, headers) => {
  const problem = problemOf(new PurserError(code, 'no', { details }), 'req_1')
  expect(problemHeaders(problem)).toEqual({
    'content-type': 'application/problem+json',
    ...headers,
  })
})

test('a refusal by a limit tells where the caller stands', () => {
  const details = {
    limit_key: 'monthly',
    limit: '100',
    remaining: '0',
    reset_seconds: '60',
    retry_after_seconds: '61',
  }
  const refusal = new PurserError('metering.limit_exceeded', 'no', { details })
  expect(problemHeaders(problemOf(refusal, 'req_1'))).toEqual({
    'content-type': 'application/problem+json',
    'retry-after': '61',
    'x-ratelimit-limit': '100',
    'x-ratelimit-remaining': '0',
    'x-ratelimit-reset': '60',
    'ratelimit-limit': '100',
    'ratelimit-remaining': '0',
    'ratelimit-reset': '60',
    ratelimit: '"monthly";r=0;t=60',
    'ratelimit-policy': '"monthly";q=100',
  })
  const ofLength = new PurserError('metering.limit_exceeded', 'no', {
    details: { ...details, window_seconds: '300' },
  })
  expect(problemHeaders(problemOf(ofLength, 'req_1'))).toMatchObject({
    'ratelimit-policy': '"monthly";q=100;w=300',
  })
  const { retry_after_seconds: _, ...never } = details
  const forEver = new PurserError('metering.limit_exceeded', 'no', { details: never })
  expect(problemHeaders(problemOf(forEver, 'req_1'))).not.toHaveProperty('retry-after')
})
