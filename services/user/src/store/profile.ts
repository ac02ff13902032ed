import { statement, type Tx } from '@purser/postgres'
import type { Person } from '../domain/person.ts'
import type { User } from '../domain/user.ts'
import { fromRowUser, USER_COLUMNS, type UserRow } from './tenant-user.ts'

/** What a person changes about themselves; what is undefined stays as it is. */
export type ProfileChange = {
  fullName: string | undefined
  locale: string | undefined
  phone: string | undefined
}

const updateProfileStatement = statement(
  'user.update_profile',
  `update tenant_user
   set full_name = coalesce($3, full_name),
       locale = coalesce($4, locale),
       phone = coalesce($5, phone)
   where tenant_id = $1
     and user_id = $2
   returning ${USER_COLUMNS}`,
)

/** Changes a profile and answers the person, if there is one. Locks the person's row. */
export async function updateProfile(
  tx: Tx,
  { tenant, userId }: Person,
  { fullName, locale, phone }: ProfileChange,
): Promise<User | undefined> {
  const values = [tenant, userId, fullName, locale, phone]
  const [row] = await tx.query<UserRow>(updateProfileStatement, values)
  return row && fromRowUser(row)
}
