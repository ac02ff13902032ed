import { statement, type Tx } from '@purser/postgres'
import type { AccountKind } from '../domain/account.ts'
import type { MemberRole } from '../domain/member.ts'
import type { Person } from '../domain/person.ts'
import type { MemberName } from './member.ts'

/** An account seen by one of its members. */
export type Membership = {
  accountId: string
  name: string
  kind: AccountKind
  role: MemberRole
}

const listMembershipsStatement = statement(
  'user.list_memberships',
  `select a.account_id, a.name, a.kind, m.role
   from account_member as m
   join account as a on a.tenant_id = m.tenant_id and a.account_id = m.account_id
   where m.tenant_id = $1
     and m.user_id = $2
   order by m.account_id`,
)

/** The accounts that the person is a member of, in order of their id. Takes no lock. */
export async function listMemberships(tx: Tx, { tenant, userId }: Person): Promise<Membership[]> {
  const rows = await tx.query<{
    account_id: string
    name: string
    kind: AccountKind
    role: MemberRole
  }>(listMembershipsStatement, [tenant, userId])
  return rows.map(({ account_id: accountId, ...row }) => ({ accountId, ...row }))
}

const chooseAccountStatement = statement(
  'user.choose_account',
  `update tenant_user
   set account_id = $3
   where tenant_id = $1
     and user_id = $2`,
)

/** Stores the account that a member acts for. Locks the person's row. */
export async function chooseAccount(
  tx: Tx,
  tenantId: string,
  { accountId, userId }: MemberName,
): Promise<void> {
  await tx.execute(chooseAccountStatement, [tenantId, userId, accountId])
}

const forgetChosenAccountStatement = statement(
  'user.forget_chosen_account',
  `update tenant_user
   set account_id = (
     select min(account_id)
     from account_member
     where tenant_id = $1
       and user_id = $2
       and account_id <> $3
   )
   where tenant_id = $1
     and user_id = $2
     and account_id = $3`,
)

/** A person who acts for this account acts for another of theirs, or for none. Locks its row. */
export async function forgetChosenAccount(
  tx: Tx,
  tenantId: string,
  { accountId, userId }: MemberName,
): Promise<void> {
  await tx.execute(forgetChosenAccountStatement, [tenantId, userId, accountId])
}
