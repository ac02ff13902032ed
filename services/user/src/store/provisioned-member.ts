import { statement, type Tx } from '@purser/postgres'

/** A member about whose role groups decide. */
export type MemberRoles = {
  userId: string
  roleKey: string
  /** Roles of the groups that the person is in now; a role once for each group. */
  groupRoleKeys: readonly string[]
}

const lockMembersStatement = statement(
  'user.lock_provisioned_members',
  `select u.user_id
   from tenant_user as u
   where u.tenant_id = $1
     and u.user_id in (
       select p.user_id
       from provisioned_user as p
       where p.tenant_id = $1
         and p.removed_at is null
         and p.user_id = any($2::text[])
       union
       select m.user_id
       from provisioned_group_member as m
       where m.tenant_id = $1
         and m.group_id = $3
     )
   order by u.user_id
   for update of u`,
)

/**
 * Locks the rows of these people, as far as the provider keeps them here, and of the members of the
 * group, which may be empty: in the order of ids, as everywhere. Answers their ids.
 */
export async function lockMembers(
  tx: Tx,
  tenantId: string,
  { userIds, groupId }: { userIds: readonly string[]; groupId: string },
): Promise<string[]> {
  const values = [tenantId, userIds, groupId]
  const rows = await tx.query<{ user_id: string }>(lockMembersStatement, values)
  return rows.map((row) => row.user_id)
}

const addMembersStatement = statement(
  'user.add_provisioned_members',
  `insert into provisioned_group_member (tenant_id, group_id, user_id)
   select $1, $2, user_id
   from unnest($3::text[]) as wanted(user_id)
   on conflict (tenant_id, group_id, user_id) do nothing`,
)

/** Adds people whose rows are locked to a group. */
export async function addMembers(
  tx: Tx,
  tenantId: string,
  { groupId, userIds }: { groupId: string; userIds: readonly string[] },
): Promise<void> {
  await tx.execute(addMembersStatement, [tenantId, groupId, userIds])
}

const removeMembersStatement = statement(
  'user.remove_provisioned_members',
  `delete from provisioned_group_member
   where tenant_id = $1
     and group_id = $2
     and ($3::text[] is null or user_id = any($3::text[]))`,
)

/** Takes people out of a group, all of them when `userIds` is undefined. Expects their rows locked. */
export async function removeMembers(
  tx: Tx,
  tenantId: string,
  { groupId, userIds }: { groupId: string; userIds: readonly string[] | undefined },
): Promise<void> {
  await tx.execute(removeMembersStatement, [tenantId, groupId, userIds])
}

const listMemberRolesStatement = statement(
  'user.list_roles_of_members',
  `select u.user_id, u.role_key, array(
     select g.role_key
     from provisioned_group_member as m
     join provisioned_group as g on g.tenant_id = m.tenant_id and g.group_id = m.group_id
     where m.tenant_id = $1
       and m.user_id = u.user_id
       and g.role_key is not null
   ) as group_role_keys
   from tenant_user as u
   where u.tenant_id = $1
     and u.user_id = any($2::text[])
   order by u.user_id`,
)

/** Roles of these people and of their groups. Takes no lock. */
export async function listMemberRoles(
  tx: Tx,
  tenantId: string,
  userIds: readonly string[],
): Promise<MemberRoles[]> {
  type Row = { user_id: string; role_key: string; group_role_keys: string[] }
  const rows = await tx.query<Row>(listMemberRolesStatement, [tenantId, userIds])
  return rows.map((row) => ({
    userId: row.user_id,
    roleKey: row.role_key,
    groupRoleKeys: row.group_role_keys,
  }))
}

const listMappedRolesStatement = statement(
  'user.list_mapped_roles',
  `select distinct role_key
   from provisioned_group
   where tenant_id = $1
     and role_key is not null`,
)

/** Every role that some group of the tenant gives. Takes no lock. */
export async function listMappedRoles(tx: Tx, tenantId: string): Promise<string[]> {
  const rows = await tx.query<{ role_key: string }>(listMappedRolesStatement, [tenantId])
  return rows.map((row) => row.role_key)
}

const setRolesStatement = statement(
  'user.set_roles_of_members',
  `update tenant_user as u
   set role_key = wanted.role_key
   from unnest($2::text[], $3::text[]) as wanted(user_id, role_key)
   where u.tenant_id = $1
     and u.user_id = wanted.user_id`,
)

/** Gives each person a role. Expects their rows locked. */
export async function setRoles(
  tx: Tx,
  tenantId: string,
  roles: readonly { userId: string; roleKey: string }[],
): Promise<void> {
  await tx.execute(setRolesStatement, [
    tenantId,
    roles.map(({ userId }) => userId),
    roles.map(({ roleKey }) => roleKey),
  ])
}
