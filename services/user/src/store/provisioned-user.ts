import { statement, type Tx } from '@purser/postgres'
import type { GroupOfUser, ProvisionedUser } from '../domain/provisioned-user.ts'
import type { JsonMembers } from '../domain/provisioned-user.ts'
import { fromRowUser, type UserRow } from './tenant-user.ts'

const COLUMNS = `u.user_id, u.email, u.full_name, u.role_key, u.status, u.account_id, u.locale,
  u.phone, u.created_at, p.external_id, p.attributes, p.updated_at`

type ProvisionedUserRow = UserRow & {
  external_id: string
  attributes: JsonMembers
  updated_at: Temporal.Instant
}

const findProvisionedUserStatement = statement(
  'user.find_provisioned_user',
  `select ${COLUMNS}
   from provisioned_user as p
   join tenant_user as u on u.tenant_id = p.tenant_id and u.user_id = p.user_id
   where p.tenant_id = $1
     and p.user_id = $2
     and p.removed_at is null`,
)

/** The person, if the identity provider keeps them here and did not remove them. Takes no lock. */
export async function findProvisionedUser(
  tx: Tx,
  tenantId: string,
  userId: string,
): Promise<ProvisionedUser | undefined> {
  const values = [tenantId, userId]
  const [row] = await tx.query<ProvisionedUserRow>(findProvisionedUserStatement, values)
  return row && fromRow(row)
}

const isProvisionedStatement = statement(
  'user.is_provisioned',
  `select removed_at is not null as removed
   from provisioned_user
   where tenant_id = $1
     and user_id = $2`,
)

/** Whether the identity provider keeps the person here, removed them, or never knew them. */
export async function provisioningOf(
  tx: Tx,
  tenantId: string,
  userId: string,
): Promise<'kept' | 'removed' | 'never'> {
  const [row] = await tx.query<{ removed: boolean }>(isProvisionedStatement, [tenantId, userId])
  if (row === undefined) return 'never'
  return row.removed ? 'removed' : 'kept'
}

const readProvisionedUsersStatement = statement(
  'user.read_provisioned_users',
  `select ${COLUMNS}
   from unnest($2::text[]) with ordinality as wanted(user_id, place)
   join provisioned_user as p on p.tenant_id = $1 and p.user_id = wanted.user_id
   join tenant_user as u on u.tenant_id = $1 and u.user_id = wanted.user_id
   order by wanted.place`,
)

/** These people, in the order of their ids in `userIds`. Takes no lock. */
export async function readProvisionedUsers(
  tx: Tx,
  tenantId: string,
  userIds: readonly string[],
): Promise<ProvisionedUser[]> {
  const values = [tenantId, userIds]
  const rows = await tx.query<ProvisionedUserRow>(readProvisionedUsersStatement, values)
  return rows.map(fromRow)
}

const listGroupsOfUsersStatement = statement(
  'user.list_groups_of_provisioned_users',
  `select m.user_id, g.group_id, g.display_name
   from provisioned_group_member as m
   join provisioned_group as g on g.tenant_id = m.tenant_id and g.group_id = m.group_id
   where m.tenant_id = $1
     and m.user_id = any($2::text[])
   order by g.group_id`,
)

/** The groups of these people, by person. Takes no lock. */
export async function listGroupsOfUsers(
  tx: Tx,
  tenantId: string,
  userIds: readonly string[],
): Promise<ReadonlyMap<string, GroupOfUser[]>> {
  const rows = await tx.query<{ user_id: string; group_id: string; display_name: string }>(
    listGroupsOfUsersStatement,
    [tenantId, userIds],
  )
  const groups = Map.groupBy(rows, (row) => row.user_id)
  return new Map(
    [...groups].map(([userId, own]) => [
      userId,
      own.map((row) => ({ groupId: row.group_id, displayName: row.display_name })),
    ]),
  )
}

const putProvisionedUserStatement = statement(
  'user.put_provisioned_user',
  `insert into provisioned_user (tenant_id, user_id, external_id, attributes, updated_at)
   values ($1, $2, $3, $4::jsonb, $5::timestamptz)
   on conflict (tenant_id, user_id) do update
   set external_id = excluded.external_id,
       attributes = excluded.attributes,
       updated_at = excluded.updated_at,
       removed_at = null`,
)

/** Stores what the provider tells of a person, removed before or not. Expects the person's row locked. */
export async function putProvisionedUser(
  tx: Tx,
  tenantId: string,
  { user, externalId, attributes, updatedAt }: ProvisionedUser,
): Promise<void> {
  const values = [tenantId, user.userId, externalId, JSON.stringify(attributes), updatedAt]
  await tx.execute(putProvisionedUserStatement, values)
}

const removeProvisionedUserStatement = statement(
  'user.remove_provisioned_user',
  `with left_groups as (
     delete from provisioned_group_member
     where tenant_id = $1
       and user_id = $2
   )
   update provisioned_user
   set removed_at = $3::timestamptz,
       updated_at = $3::timestamptz,
       external_id = '',
       attributes = '{}'
   where tenant_id = $1
     and user_id = $2`,
)

/**
 * Makes a person unknown to the provider: out of every group, nothing kept of what it told. Expects
 * the person's row locked.
 */
export async function removeProvisionedUser(
  tx: Tx,
  tenantId: string,
  { userId, removedAt }: { userId: string; removedAt: Temporal.Instant },
): Promise<void> {
  await tx.execute(removeProvisionedUserStatement, [tenantId, userId, removedAt])
}

const updatePersonStatement = statement(
  'user.update_provisioned_person',
  `update tenant_user
   set email = $3,
       full_name = $4,
       status = $5,
       role_key = $6
   where tenant_id = $1
     and user_id = $2`,
)

/**
 * Stores address, name, status and role of a person. Expects the row locked. Two people with one
 * address violate `tenant_user_email_once`.
 */
export async function updatePerson(
  tx: Tx,
  tenantId: string,
  { userId, email, fullName, status, roleKey }: ProvisionedUser['user'],
): Promise<void> {
  await tx.execute(updatePersonStatement, [tenantId, userId, email, fullName, status, roleKey])
}

function fromRow(row: ProvisionedUserRow): ProvisionedUser {
  return {
    user: fromRowUser(row),
    externalId: row.external_id,
    attributes: row.attributes,
    updatedAt: row.updated_at,
  }
}
