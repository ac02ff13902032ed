import { describe, expect, test } from 'vitest'
import { AssertionError, assert, unreachable } from './assert.ts'
import { fixedClock, systemClock } from './clock.ts'
import { isPurserError, PurserError } from './error.ts'
import { errorKinds } from './error-codes.ts'
import { isResourceId, isSlug } from './name-pattern.ts'
import { compareText } from './text-order.ts'

describe('refusals', () => {
  test('carry code, kind, fields and details; the cause stays private', () => {
    const cause = new Error('duplicate key value violates ...')
    const error = new PurserError('plan.invalid_price', 'the price is invalid', {
      cause,
      fields: [{ field: 'prices[0].tiers', message: 'must not be empty' }],
      details: { plan: 'pro' },
    })
    expect(error).toMatchObject({ kind: 'invalid_argument', details: { plan: 'pro' } })
    expect(error.fields).toHaveLength(1)
    expect(error.cause).toBe(cause)
    expect(isPurserError(error)).toBe(true)
    expect(isPurserError(cause)).toBe(false)
  })

  test('have well-formed codes', () => {
    for (const code of Object.keys(errorKinds)) expect(code).toMatch(/^[a-z]+\.[a-z_]+$/)
  })
})

describe('bugs', () => {
  test('assert passes what holds and throws what does not, building the message only then', () => {
    assert(true, () => expect.unreachable())
    expect(() => assert(false, () => 'built late')).toThrow(new AssertionError('built late'))
  })

  test('unreachable throws', () => {
    expect(() => unreachable('surprise' as never)).toThrow('unreachable: surprise')
  })
})

test('clocks', () => {
  const instant = Temporal.Instant.from('2026-02-01T00:00:00Z')
  expect(fixedClock(instant).now({ tenantId: 'acme' }).equals(instant)).toBe(true)
  expect(systemClock.now().epochMilliseconds).toBeGreaterThan(instant.epochMilliseconds - 1e12)
})

test('names', () => {
  expect(['acme', 'a', 'pro-2026_x', '0'].every(isSlug)).toBe(true)
  expect(['', '-a', 'Acme', 'a'.repeat(64), 'a b', 'a\n'].some(isSlug)).toBe(false)
  expect(['user@example.org', 'A:1', 'x'.repeat(128)].every(isResourceId)).toBe(true)
  expect(['', '.a', 'x'.repeat(129), 'a/b', 'a\n'].some(isResourceId)).toBe(false)
})

test('texts order by code point, as the database does', () => {
  expect(compareText('a', 'b')).toBe(-1)
  expect(compareText('ab', 'a')).toBe(1)
  expect(compareText('a', 'a')).toBe(0)
  expect(compareText('\u{1F600}', '\uFF21')).toBe(1)
  expect(compareText('\uFF21', '\u{1F600}')).toBe(-1)
  const texts = ['\uE000', '\u{10000}', 'Z', 'é', '\uD7FF', 'z', '\u{1F600}a', '\u{1F600}']
  const byBytes = [...texts].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
  expect([...texts].sort(compareText)).toEqual(byBytes)
})
