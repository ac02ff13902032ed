import { statement, type Tx } from '@purser/postgres'
import { findBuiltInRole, type Role } from '../domain/role.ts'

type RoleRow = { role_key: string; name: string; permissions: string[] }

/** What the role gives now, of the platform or the tenant; nothing when it is unknown. No lock. */
export async function permissionsOfRole(
  tx: Tx,
  tenantId: string,
  roleKey: string,
): Promise<readonly string[]> {
  const role = findBuiltInRole(roleKey) ?? (await findRole(tx, tenantId, roleKey))
  return role?.permissions ?? []
}

const findRoleStatement = statement(
  'user.find_role',
  `select role_key, name, permissions
   from role
   where tenant_id = $1
     and role_key = $2`,
)

async function findRole(tx: Tx, tenantId: string, roleKey: string): Promise<Role | undefined> {
  const [row] = await tx.query<RoleRow>(findRoleStatement, [tenantId, roleKey])
  return row && fromRowRole(row)
}

const shareRoleStatement = statement(
  'user.share_role',
  `select role_key, name, permissions
   from role
   where tenant_id = $1
     and role_key = $2
   for share`,
)

/**
 * The role that somebody is about to be given, of the platform or the tenant. Share-locks the
 * tenant's row, so that the role cannot be removed before this transaction ends.
 */
export async function lockRoleToGive(
  tx: Tx,
  tenantId: string,
  roleKey: string,
): Promise<Role | undefined> {
  const builtIn = findBuiltInRole(roleKey)
  if (builtIn !== undefined) return builtIn
  const [row] = await tx.query<RoleRow>(shareRoleStatement, [tenantId, roleKey])
  return row && fromRowRole(row)
}

const lockRoleStatement = statement(
  'user.lock_role',
  `select
   from role
   where tenant_id = $1
     and role_key = $2
   for update`,
)

/**
 * Whether the tenant has this role of its own. Locks its row: nobody is given it until the
 * transaction ends, and whoever was given it before is seen by statements that follow.
 */
export async function lockRoleToDelete(
  tx: Tx,
  tenantId: string,
  roleKey: string,
): Promise<boolean> {
  return (await tx.execute(lockRoleStatement, [tenantId, roleKey])) === 1
}

const insertRoleStatement = statement(
  'user.insert_role',
  `insert into role (tenant_id, role_key, name, permissions, created_at)
   values ($1, $2, $3, $4::text[], $5::timestamptz)
   on conflict (tenant_id, role_key) do nothing`,
)

/** Inserts a role of the tenant's own; false when the tenant has one with this key. */
export async function insertRole(
  tx: Tx,
  tenantId: string,
  role: Role,
  createdAt: Temporal.Instant,
): Promise<boolean> {
  const { roleKey, name, permissions } = role
  const values = [tenantId, roleKey, name, permissions, createdAt]
  return (await tx.execute(insertRoleStatement, values)) === 1
}

const listRolesStatement = statement(
  'user.list_roles',
  `select role_key, name, permissions
   from role
   where tenant_id = $1
   order by role_key`,
)

/** Every role of the tenant's own, by key. Takes no lock. */
export async function listRoles(tx: Tx, tenantId: string): Promise<Role[]> {
  const rows = await tx.query<RoleRow>(listRolesStatement, [tenantId])
  return rows.map(fromRowRole)
}

const isRoleHeldStatement = statement(
  'user.is_role_held',
  `select exists (
     select
     from tenant_user
     where tenant_id = $1
       and role_key = $2
     union all
     select
     from provisioned_group
     where tenant_id = $1
       and role_key = $2
     union all
     select
     from sso_connection
     where tenant_id = $1
       and default_role_key = $2
   ) as held`,
)

/**
 * Whether anybody has the role, whatever their status, or is given it by a group or at their first
 * sign-in. Takes no lock: see `lockRoleToDelete`.
 */
export async function isRoleHeld(tx: Tx, tenantId: string, roleKey: string): Promise<boolean> {
  const [row] = await tx.query<{ held: boolean }>(isRoleHeldStatement, [tenantId, roleKey])
  return row?.held ?? false
}

const deleteRoleStatement = statement(
  'user.delete_role',
  `delete from role
   where tenant_id = $1
     and role_key = $2`,
)

/** Removes a role that `lockRoleToDelete` locked and that nobody has. */
export async function deleteRole(tx: Tx, tenantId: string, roleKey: string): Promise<void> {
  await tx.execute(deleteRoleStatement, [tenantId, roleKey])
}

function fromRowRole(row: RoleRow): Role {
  return { roleKey: row.role_key, name: row.name, permissions: row.permissions, builtIn: false }
}
