import { statement, type Tx } from '@purser/postgres'
import type { Member, MemberRole } from '../domain/member.ts'
import type { UserStatus } from '../domain/user.ts'

const COLUMNS = `m.user_id, u.email, u.full_name, m.role, u.status, m.created_at`

type MemberRow = {
  user_id: string
  email: string
  full_name: string
  role: MemberRole
  status: UserStatus
  created_at: Temporal.Instant
}

/** Names a membership. */
export type MemberName = { accountId: string; userId: string }

const lockAccountStatement = statement(
  'user.lock_account',
  `select account_id
   from account
   where tenant_id = $1
     and account_id = $2
   for update`,
)

/**
 * Whether the account exists. Locks its row: changes of who is in an account happen one after the
 * other.
 */
export async function lockAccount(tx: Tx, tenantId: string, accountId: string): Promise<boolean> {
  return (await tx.query(lockAccountStatement, [tenantId, accountId])).length === 1
}

const insertMemberStatement = statement(
  'user.insert_member',
  `insert into account_member (tenant_id, account_id, user_id, role, created_at)
   select $1, $2, $3,
     case
       when exists (
         select
         from account_member
         where tenant_id = $1
           and account_id = $2
           and role = 'admin'
       ) then $4
       else 'admin'
     end,
     $5::timestamptz
   on conflict (tenant_id, account_id, user_id) do nothing
   returning role`,
)

/**
 * Makes a person a member, of an account without an admin its admin, and answers as what;
 * undefined for one who is a member already. Expects the account's row locked, or inserted by this
 * transaction.
 */
export async function insertMember(
  tx: Tx,
  tenantId: string,
  member: MemberName & { role: MemberRole; createdAt: Temporal.Instant },
): Promise<MemberRole | undefined> {
  const { accountId, userId, role, createdAt } = member
  const values = [tenantId, accountId, userId, role, createdAt]
  const [row] = await tx.query<{ role: MemberRole }>(insertMemberStatement, values)
  return row?.role
}

const findMemberStatement = statement(
  'user.find_member',
  `select ${COLUMNS}
   from account_member as m
   join tenant_user as u on u.tenant_id = m.tenant_id and u.user_id = m.user_id
   where m.tenant_id = $1
     and m.account_id = $2
     and m.user_id = $3`,
)

/** The member with this id, if the account has one. Takes no lock. */
export async function findMember(
  tx: Tx,
  tenantId: string,
  { accountId, userId }: MemberName,
): Promise<Member | undefined> {
  const [row] = await tx.query<MemberRow>(findMemberStatement, [tenantId, accountId, userId])
  return row && fromRowMember(row)
}

const listMembersStatement = statement(
  'user.list_members',
  `select ${COLUMNS}
   from account_member as m
   join tenant_user as u on u.tenant_id = m.tenant_id and u.user_id = m.user_id
   where m.tenant_id = $1
     and m.account_id = $2
     and m.user_id > $3
   order by m.user_id
   limit $4::bigint`,
)

/** Up to `limit` members whose id comes after `afterId`, in order of their id. Takes no lock. */
export async function listMembers(
  tx: Tx,
  tenantId: string,
  { accountId, afterId, limit }: { accountId: string; afterId: string; limit: number },
): Promise<Member[]> {
  const values = [tenantId, accountId, afterId, limit]
  const rows = await tx.query<MemberRow>(listMembersStatement, values)
  return rows.map(fromRowMember)
}

const listAdminsStatement = statement(
  'user.list_account_admins',
  `select ${COLUMNS}
   from account_member as m
   join tenant_user as u on u.tenant_id = m.tenant_id and u.user_id = m.user_id
   where m.tenant_id = $1
     and m.account_id = $2
     and m.role = 'admin'`,
)

/** The account's admins, in no order. Expects the account's row locked. */
export async function listAdmins(tx: Tx, tenantId: string, accountId: string): Promise<Member[]> {
  const rows = await tx.query<MemberRow>(listAdminsStatement, [tenantId, accountId])
  return rows.map(fromRowMember)
}

const countMembersStatement = statement(
  'user.count_members',
  `select count(*)::integer as total
   from account_member
   where tenant_id = $1
     and account_id = $2`,
)

/** How many members the account has. Takes no lock. */
export async function countMembers(tx: Tx, tenantId: string, accountId: string): Promise<number> {
  const [row] = await tx.query<{ total: number }>(countMembersStatement, [tenantId, accountId])
  return row?.total ?? 0
}

const setMemberRoleStatement = statement(
  'user.set_member_role',
  `update account_member
   set role = $4
   where tenant_id = $1
     and account_id = $2
     and user_id = $3`,
)

/** Stores what a member may do. Expects the account's row locked. */
export async function setMemberRole(
  tx: Tx,
  tenantId: string,
  { accountId, userId, role }: MemberName & { role: MemberRole },
): Promise<void> {
  await tx.execute(setMemberRoleStatement, [tenantId, accountId, userId, role])
}

const deleteMemberStatement = statement(
  'user.delete_member',
  `delete from account_member
   where tenant_id = $1
     and account_id = $2
     and user_id = $3`,
)

/**
 * Removes a membership. Expects the account's row locked; the person's choice of it is to be
 * cleared by `forgetChosenAccount` in the same transaction.
 */
export async function deleteMember(
  tx: Tx,
  tenantId: string,
  { accountId, userId }: MemberName,
): Promise<void> {
  await tx.execute(deleteMemberStatement, [tenantId, accountId, userId])
}

function fromRowMember(row: MemberRow): Member {
  return {
    userId: row.user_id,
    email: row.email,
    fullName: row.full_name,
    role: row.role,
    status: row.status,
    createdAt: row.created_at,
  }
}
