import { statement, type Tx } from '@purser/postgres'
import type { GroupMember, ProvisionedGroup } from '../domain/provisioned-group.ts'

const COLUMNS = 'group_id, display_name, external_id, role_key, created_at, updated_at'

type GroupRow = {
  group_id: string
  display_name: string
  external_id: string
  role_key: string | null
  created_at: Temporal.Instant
  updated_at: Temporal.Instant
}

const insertGroupStatement = statement(
  'user.insert_provisioned_group',
  `insert into provisioned_group (
     tenant_id, group_id, display_name, external_id, created_at, updated_at
   )
   values ($1, $2, $3, $4, $5::timestamptz, $5::timestamptz)
   on conflict (tenant_id, lower(display_name)) do nothing`,
)

/** Inserts a group without role and members; false when its name is taken. Waits for a rival. */
export async function insertGroup(
  tx: Tx,
  tenantId: string,
  group: ProvisionedGroup,
): Promise<boolean> {
  const { groupId, displayName, externalId, createdAt } = group
  const values = [tenantId, groupId, displayName, externalId, createdAt]
  return (await tx.execute(insertGroupStatement, values)) === 1
}

const findGroupStatement = statement(
  'user.find_provisioned_group',
  `select ${COLUMNS}
   from provisioned_group
   where tenant_id = $1
     and group_id = $2`,
)

/** The group with this id, if there is one. Takes no lock. */
export async function findGroup(
  tx: Tx,
  tenantId: string,
  groupId: string,
): Promise<ProvisionedGroup | undefined> {
  const [row] = await tx.query<GroupRow>(findGroupStatement, [tenantId, groupId])
  return row && fromRowGroup(row)
}

const lockGroupStatement = statement(
  'user.lock_provisioned_group',
  `select ${COLUMNS}
   from provisioned_group
   where tenant_id = $1
     and group_id = $2
   for update`,
)

/** As `findGroup`; its row stays locked: changes of a group come one after the other. */
export async function lockGroup(
  tx: Tx,
  tenantId: string,
  groupId: string,
): Promise<ProvisionedGroup | undefined> {
  const [row] = await tx.query<GroupRow>(lockGroupStatement, [tenantId, groupId])
  return row && fromRowGroup(row)
}

const readGroupsStatement = statement(
  'user.read_provisioned_groups',
  `select g.group_id, g.display_name, g.external_id, g.role_key, g.created_at, g.updated_at
   from unnest($2::text[]) with ordinality as wanted(group_id, place)
   join provisioned_group as g on g.tenant_id = $1 and g.group_id = wanted.group_id
   order by wanted.place`,
)

/** These groups, in the order of their ids in `groupIds`. Takes no lock. */
export async function readGroups(
  tx: Tx,
  tenantId: string,
  groupIds: readonly string[],
): Promise<ProvisionedGroup[]> {
  const rows = await tx.query<GroupRow>(readGroupsStatement, [tenantId, groupIds])
  return rows.map(fromRowGroup)
}

const listGroupsStatement = statement(
  'user.list_provisioned_groups',
  `select ${COLUMNS}
   from provisioned_group
   where tenant_id = $1
     and group_id > $2
   order by group_id
   limit $3::bigint`,
)

/** Up to `limit` groups whose id comes after `afterId`, in order of their id. Takes no lock. */
export async function listGroups(
  tx: Tx,
  tenantId: string,
  { afterId, limit }: { afterId: string; limit: number },
): Promise<ProvisionedGroup[]> {
  const rows = await tx.query<GroupRow>(listGroupsStatement, [tenantId, afterId, limit])
  return rows.map(fromRowGroup)
}

const updateGroupStatement = statement(
  'user.update_provisioned_group',
  `update provisioned_group
   set display_name = $3,
       external_id = $4,
       role_key = $5,
       updated_at = $6::timestamptz
   where tenant_id = $1
     and group_id = $2`,
)

/**
 * Stores name, external id and role of a group. Expects its row locked. Two groups with one name
 * violate `provisioned_group_by_name`.
 */
export async function updateGroup(
  tx: Tx,
  tenantId: string,
  { groupId, displayName, externalId, roleKey, updatedAt }: ProvisionedGroup,
): Promise<void> {
  const values = [tenantId, groupId, displayName, externalId, roleKey, updatedAt]
  await tx.execute(updateGroupStatement, values)
}

const deleteGroupStatement = statement(
  'user.delete_provisioned_group',
  `delete from provisioned_group
   where tenant_id = $1
     and group_id = $2`,
)

/** Removes a group with its memberships. Expects its row locked. */
export async function deleteGroup(tx: Tx, tenantId: string, groupId: string): Promise<void> {
  await tx.execute(deleteGroupStatement, [tenantId, groupId])
}

const listMembersStatement = statement(
  'user.list_members_of_provisioned_groups',
  `select m.group_id, m.user_id, u.full_name
   from provisioned_group_member as m
   join tenant_user as u on u.tenant_id = m.tenant_id and u.user_id = m.user_id
   where m.tenant_id = $1
     and m.group_id = any($2::text[])
   order by m.group_id, m.user_id`,
)

/** The members of these groups, by group. Takes no lock. */
export async function listMembersOfGroups(
  tx: Tx,
  tenantId: string,
  groupIds: readonly string[],
): Promise<ReadonlyMap<string, GroupMember[]>> {
  const rows = await tx.query<{ group_id: string; user_id: string; full_name: string }>(
    listMembersStatement,
    [tenantId, groupIds],
  )
  const members = Map.groupBy(rows, (row) => row.group_id)
  return new Map(
    [...members].map(([groupId, own]) => [
      groupId,
      own.map((row) => ({ userId: row.user_id, fullName: row.full_name })),
    ]),
  )
}

function fromRowGroup(row: GroupRow): ProvisionedGroup {
  return {
    groupId: row.group_id,
    displayName: row.display_name,
    externalId: row.external_id,
    roleKey: row.role_key ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  }
}
