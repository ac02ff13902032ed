import type { User as Person } from '../src/domain/user.ts'
import { insertMember } from '../src/store/member.ts'
import { insertUser } from '../src/store/tenant-user.ts'
import type { User } from './user-harness.ts'

/** Adds an active shopper of the tenant, in an account if told, and answers the call options with which they call. */
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
  const { accountId, createdAt } = person
  await user.database.tx(tenant, async (tx) => {
    await insertUser(tx, tenant, person, 'not the hash of anything')
    if (accountId === undefined) return
    await insertMember(tx, tenant, { accountId, userId, role: 'member', createdAt })
  })
  return user.asPerson(tenant, userId)
}
