import type { Tx } from '@purser/postgres'
import type { Person } from '../domain/person.ts'
import type { User } from '../domain/user.ts'
import { lockUser } from '../store/tenant-user.ts'
import { unknownPerson } from './unknown-person.ts'

/**
 * The person, whose row stays locked until the transaction ends: changes to what is theirs happen
 * one after the other. Throws `resource.not_found`.
 */
export async function lockPerson(tx: Tx, { tenant, userId }: Person): Promise<User> {
  const user = await lockUser(tx, tenant, userId)
  if (user === undefined) throw unknownPerson()
  return user
}
