import { statement, type Tx } from '@purser/postgres'
import type { User, UserStatus } from '../domain/user.ts'

/** Columns that `fromRowUser` needs. */
export const USER_COLUMNS =
  'user_id, email, full_name, role_key, status, account_id, locale, phone, created_at'

export type UserRow = {
  user_id: string
  email: string
  full_name: string
  role_key: string
  status: UserStatus
  account_id: string | null
  locale: string
  phone: string
  created_at: Temporal.Instant
}

const insertUserStatement = statement(
  'user.insert_user',
  `insert into tenant_user (
     tenant_id, user_id, email, full_name, role_key, status, account_id, locale, phone,
     created_at, password_hash
   )
   values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10::timestamptz, $11)
   on conflict (tenant_id, email) do nothing`,
)

/** Inserts a person; answers false when the e-mail address is taken. Waits for a rival insert. */
export async function insertUser(
  tx: Tx,
  tenantId: string,
  user: User,
  passwordHash: string | undefined,
): Promise<boolean> {
  const inserted = await tx.execute(insertUserStatement, [
    tenantId,
    user.userId,
    user.email,
    user.fullName,
    user.roleKey,
    user.status,
    user.accountId,
    user.locale,
    user.phone,
    user.createdAt,
    passwordHash,
  ])
  return inserted === 1
}

const findUserStatement = statement(
  'user.find_user',
  `select ${USER_COLUMNS}
   from tenant_user
   where tenant_id = $1
     and user_id = $2`,
)

/** The person with this id, if there is one. Takes no lock. */
export async function findUser(
  tx: Tx,
  tenantId: string,
  userId: string,
): Promise<User | undefined> {
  const [row] = await tx.query<UserRow>(findUserStatement, [tenantId, userId])
  return row && fromRowUser(row)
}

const lockUserStatement = statement(
  'user.lock_user',
  `select ${USER_COLUMNS}
   from tenant_user
   where tenant_id = $1
     and user_id = $2
   for update`,
)

/** As `findUser`; the row stays locked until the transaction ends. */
export async function lockUser(
  tx: Tx,
  tenantId: string,
  userId: string,
): Promise<User | undefined> {
  const [row] = await tx.query<UserRow>(lockUserStatement, [tenantId, userId])
  return row && fromRowUser(row)
}

const findUserByEmailStatement = statement(
  'user.find_user_by_email',
  `select ${USER_COLUMNS}, password_hash
   from tenant_user
   where tenant_id = $1
     and email = $2`,
)

/** The person with this address, as `normalizeEmail` answers it, and its hash. Takes no lock. */
export async function findUserByEmail(
  tx: Tx,
  tenantId: string,
  email: string,
): Promise<{ user: User; passwordHash: string | undefined } | undefined> {
  const [row] = await tx.query<UserRow & { password_hash: string | null }>(
    findUserByEmailStatement,
    [tenantId, email],
  )
  return row && { user: fromRowUser(row), passwordHash: row.password_hash ?? undefined }
}

const setPasswordStatement = statement(
  'user.set_password',
  `update tenant_user
   set password_hash = $3,
       status = case status when 'invited' then 'active' else status end
   where tenant_id = $1
     and user_id = $2
   returning ${USER_COLUMNS}`,
)

/** Stores a hash; an invited person becomes active. Undefined for an unknown one. Locks its row. */
export async function setPassword(
  tx: Tx,
  tenantId: string,
  { userId, passwordHash }: { userId: string; passwordHash: string },
): Promise<User | undefined> {
  const [row] = await tx.query<UserRow>(setPasswordStatement, [tenantId, userId, passwordHash])
  return row && fromRowUser(row)
}

/** The person of a row. */
export function fromRowUser(row: UserRow): User {
  return {
    userId: row.user_id,
    email: row.email,
    fullName: row.full_name,
    roleKey: row.role_key,
    status: row.status,
    accountId: row.account_id ?? undefined,
    locale: row.locale,
    phone: row.phone,
    createdAt: row.created_at,
  }
}
