import type { GroupOfUser, JsonMembers, ProvisionedUser } from '../domain/provisioned-user.ts'
import { groupPath, userPath } from './resource-paths.ts'
import { userSchema } from './scim-schema.ts'

/**
 * The SCIM user that a person is shown as. `userName` is the e-mail address in lower case, which
 * also stands for `emails` until the provider tells others.
 */
export function userResource(
  tenantId: string,
  { user, externalId, attributes, updatedAt }: ProvisionedUser,
  groups: readonly GroupOfUser[],
): JsonMembers {
  const { userId, email, fullName, status, createdAt } = user
  return {
    schemas: [userSchema.urn],
    id: userId,
    ...(externalId === '' ? {} : { externalId }),
    userName: email,
    displayName: fullName,
    active: status !== 'disabled',
    emails: [{ value: email, type: 'work', primary: true }],
    ...attributes,
    ...(groups.length === 0 ? {} : { groups: groups.map((group) => shown(tenantId, group)) }),
    meta: {
      resourceType: userSchema.name,
      created: createdAt.toString(),
      lastModified: updatedAt.toString(),
      location: userPath(tenantId, userId),
    },
  }
}

function shown(tenantId: string, { groupId, displayName }: GroupOfUser): JsonMembers {
  const $ref = groupPath(tenantId, groupId)
  return { value: groupId, $ref, display: displayName, type: 'direct' }
}
