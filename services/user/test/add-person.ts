import type { User as Person } from '../src/domain/user.ts'
import { insertUser } from '../src/store/tenant-user.ts'
import type { User } from './user-harness.ts'

/** Adds an active shopper of the tenant and answers the call options with which they call. */
export async function addPerson(
  user: User,
  tenant: string,
  userId: string,
  changes: Partial<Person> = {},
) {
  const person: Person = {
    userId,
    email: `${userId}@example.com`,
    fullName: `Person ${userId}`,
    roleKey: 'shopper',
    status: 'active',
    accountId: undefined,
    locale: '',
    phone: '',
    createdAt: user.present.now,
    ...changes,
  }
  await user.database.tx(tenant, (tx) => insertUser(tx, tenant, person, 'not the hash of anything'))
  return user.asPerson(tenant, userId)
}
