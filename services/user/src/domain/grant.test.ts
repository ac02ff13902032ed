import { expect, test } from 'vitest'
import { checkGrant, checkRoleGrant } from './grant.ts'

const denied = (fields: string[]) =>
  expect.objectContaining({
    code: 'auth.permission_denied',
    fields: fields.map((field) => expect.objectContaining({ field })),
  })

test('permissions beyond those held are named by their place', () => {
  expect(() => checkGrant(['a.*'], ['a.b', 'b.c', '*'], 'Too much.')).toThrow(
    denied(['permissions[1]', 'permissions[2]']),
  )
  expect(() => checkGrant(['a.*'], ['a.b', 'a.*'], 'Too much.')).not.toThrow()
})

test('a role is refused once, by the field that named it', () => {
  const role = { roleKey: 'lead', permissions: ['a.b', 'b.c', 'c.d'] }
  expect(() => checkRoleGrant(['a.*'], role, 'role')).toThrow(denied(['role']))
  expect(() => checkRoleGrant(['a.*', 'b.*'], role, 'user_id')).toThrow(denied(['user_id']))
  expect(() => checkRoleGrant(['a.*', 'b.*', 'c.d'], role, 'role')).not.toThrow()
})
