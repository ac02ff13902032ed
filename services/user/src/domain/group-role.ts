import { type BuiltInRoleKey, builtInRoles, OWNER } from './role.ts'

/** Role of people whom an identity provider made and no group gives a role. */
export const DEFAULT_STAFF_ROLE = 'viewer' satisfies BuiltInRoleKey

/**
 * The one role of somebody in groups with these roles: of the platform's the widest, in the order of
 * `builtInRoles`; else the first of the tenant's own by key; `viewer` without any.
 */
export function roleOfGroups(roleKeys: readonly string[]): string {
  const widest = builtInRoles.find(({ roleKey }) => roleKeys.includes(roleKey))
  return widest?.roleKey ?? roleKeys.toSorted()[0] ?? DEFAULT_STAFF_ROLE
}

/**
 * Whether an identity provider decides about people with this role: it may give it, since it is the
 * default or somebody mapped a group to it. Never about owners: they are made by owners alone.
 */
export function isDecidedByGroups(roleKey: string, mappedRoleKeys: readonly string[]): boolean {
  if (roleKey === OWNER) return false
  return roleKey === DEFAULT_STAFF_ROLE || mappedRoleKeys.includes(roleKey)
}
