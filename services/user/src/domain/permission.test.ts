import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { holdsPermission } from './permission.ts'

describe('a held permission covers', () => {
  test.each([
    ['metering.events.write', 'metering.events.write'],
    ['metering.events.*', 'metering.events.write'],
    ['metering.*', 'metering.events.write'],
    ['*', 'metering.events.write'],
    ['metering.*', 'metering.events.*'],
    ['metering.*', 'metering.*'],
    ['*', '*'],
  ])('%s covers %s', (held, wanted) => {
    expect(holdsPermission([held], wanted)).toBe(true)
  })

  test.each([
    ['metering.events.write', 'metering.events.read'],
    ['metering.events.write', 'metering.events.*'],
    ['metering.events.*', 'metering.*'],
    ['metering.*', '*'],
    ['metering.*', 'meter'],
    ['metering.events', 'metering.events.write'],
    ['billing.*', 'metering.events.write'],
  ])('%s does not cover %s', (held, wanted) => {
    expect(holdsPermission([held], wanted)).toBe(false)
  })

  test('nothing when nothing is held', () => {
    expect(holdsPermission([], 'metering.events.write')).toBe(false)
  })
})

const word = fc.stringMatching(/^[a-z_]{1,4}$/)
const name = fc.array(word, { minLength: 2, maxLength: 3 }).map((words) => words.join('.'))
const wildcard = fc.array(word, { maxLength: 2 }).map((words) => [...words, '*'].join('.'))
const permission = fc.oneof(name, wildcard)

describe('laws', () => {
  test('covering is transitive: a granted key can never grant more', () => {
    fc.assert(
      fc.property(permission, permission, permission, (a, b, c) => {
        fc.pre(holdsPermission([a], b) && holdsPermission([b], c))
        expect(holdsPermission([a], c)).toBe(true)
      }),
    )
  })

  test('two permissions that cover each other are the same', () => {
    fc.assert(
      fc.property(permission, permission, (a, b) => {
        const both = holdsPermission([a], b) && holdsPermission([b], a)
        expect(both).toBe(a === b)
      }),
    )
  })
})
