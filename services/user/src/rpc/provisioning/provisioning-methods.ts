import type { ServiceImpl } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import { recordsItself } from '@purser/idempotency'
import type { UserContext } from '../../context.ts'
import { patchProvisionedGroup, replaceProvisionedGroup } from './change-provisioned-group.ts'
import { patchProvisionedUser, replaceProvisionedUser } from './change-provisioned-user.ts'
import { createProvisionedGroup } from './create-provisioned-group.ts'
import { createProvisionedUser } from './create-provisioned-user.ts'
import { deleteProvisionedGroup } from './delete-provisioned-group.ts'
import { deleteProvisionedUser } from './delete-provisioned-user.ts'
import { getProvisionedGroup } from './get-provisioned-group.ts'
import { getProvisionedUser } from './get-provisioned-user.ts'
import { listGroupRoles } from './list-group-roles.ts'
import { listProvisionedGroups } from './list-provisioned-groups.ts'
import { listProvisionedUsers } from './list-provisioned-users.ts'
import {
  getProvisioningConfig,
  listProvisioningResourceTypes,
  listProvisioningSchemas,
} from './provisioning-description.ts'
import { setGroupRole } from './set-group-role.ts'

/**
 * People and groups as a tenant's identity provider keeps them: SCIM 2.0 and what goes with it. What
 * is created is named in a body that only its handler understands: these methods record themselves.
 */
export function provisioningMethods(ctx: UserContext) {
  return {
    getProvisioningConfig: getProvisioningConfig(),
    listProvisioningSchemas: listProvisioningSchemas(),
    listProvisioningResourceTypes: listProvisioningResourceTypes(),
    createProvisionedUser: recordsItself(createProvisionedUser(ctx)),
    listProvisionedUsers: listProvisionedUsers(ctx),
    getProvisionedUser: getProvisionedUser(ctx),
    replaceProvisionedUser: replaceProvisionedUser(ctx),
    patchProvisionedUser: patchProvisionedUser(ctx),
    deleteProvisionedUser: deleteProvisionedUser(ctx),
    createProvisionedGroup: recordsItself(createProvisionedGroup(ctx)),
    listProvisionedGroups: listProvisionedGroups(ctx),
    getProvisionedGroup: getProvisionedGroup(ctx),
    replaceProvisionedGroup: replaceProvisionedGroup(ctx),
    patchProvisionedGroup: patchProvisionedGroup(ctx),
    deleteProvisionedGroup: deleteProvisionedGroup(ctx),
    listGroupRoles: listGroupRoles(ctx),
    setGroupRole: setGroupRole(ctx),
  } satisfies Partial<ServiceImpl<typeof UserService>>
}
