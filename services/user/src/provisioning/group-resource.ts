import type { GroupMember, ProvisionedGroup } from '../domain/provisioned-group.ts'
import type { JsonMembers } from '../domain/provisioned-user.ts'
import { groupPath, userPath } from './resource-paths.ts'
import { groupSchema } from './scim-schema.ts'

/** The SCIM group; `members` undefined where nobody asked for them. */
export function groupResource(
  tenantId: string,
  group: ProvisionedGroup,
  members: readonly GroupMember[] | undefined,
): JsonMembers {
  const { groupId, displayName, externalId, createdAt, updatedAt } = group
  return {
    schemas: [groupSchema.urn],
    id: groupId,
    ...(externalId === '' ? {} : { externalId }),
    displayName,
    ...(members === undefined ? {} : { members: members.map((member) => shown(tenantId, member)) }),
    meta: {
      resourceType: groupSchema.name,
      created: createdAt.toString(),
      lastModified: updatedAt.toString(),
      location: groupPath(tenantId, groupId),
    },
  }
}

function shown(tenantId: string, { userId, fullName }: GroupMember): JsonMembers {
  return { value: userId, $ref: userPath(tenantId, userId), display: fullName, type: 'User' }
}
