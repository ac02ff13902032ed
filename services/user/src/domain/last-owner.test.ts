import { expect, test } from 'vitest'
import { checkOwnerStays } from './last-owner.ts'
import type { User, UserStatus } from './user.ts'

function person(userId: string, roleKey: string, status: UserStatus): User {
  const createdAt = Temporal.Instant.from('2026-02-15T12:00:00Z')
  const profile = { email: `${userId}@a.test`, fullName: userId, locale: '', phone: '' }
  return { userId, roleKey, status, accountId: undefined, createdAt, ...profile }
}

const owner = person('a', 'owner', 'active')

test.each<[string, User[]]>([
  ['alone', []],
  ['beside an invited owner', [person('b', 'owner', 'invited')]],
  ['beside an owner who is shut out', [person('b', 'owner', 'disabled')]],
  ['beside an administrator', [person('b', 'admin', 'active')]],
])('an active owner %s stays', (_, others) => {
  expect(() => checkOwnerStays([owner, ...others], owner)).toThrow(
    expect.objectContaining({ code: 'user.last_owner' }),
  )
})

test.each<[string, User]>([
  ['an owner beside another', owner],
  ['an invited owner', person('c', 'owner', 'invited')],
  ['an owner who is shut out', person('c', 'owner', 'disabled')],
  ['an administrator', person('c', 'admin', 'active')],
])('%s may leave', (_, leaving) => {
  const people = [owner, person('b', 'owner', 'active'), leaving]
  expect(() => checkOwnerStays(people, leaving)).not.toThrow()
})

test('whoever is no active owner may leave beside a single one', () => {
  const leaving = person('c', 'owner', 'invited')
  expect(() => checkOwnerStays([owner, leaving], leaving)).not.toThrow()
})
