import type { ServiceImpl } from '@connectrpc/connect'
import type { UserService } from '@purser/contracts/user/v1/user'
import type { UserContext } from '../context.ts'
import { createRole } from './create-role.ts'
import { deleteRole } from './delete-role.ts'
import { disableUser } from './disable-user.ts'
import { enableUser } from './enable-user.ts'
import { getUser } from './get-user.ts'
import { inviteUser } from './invite-user.ts'
import { listRoles } from './list-roles.ts'
import { listUsers } from './list-users.ts'
import { setUserRole } from './set-user-role.ts'

/** The people of an organization, their invitations and roles. */
export function teamMethods(ctx: UserContext) {
  return {
    inviteUser: inviteUser(ctx),
    listUsers: listUsers(ctx),
    getUser: getUser(ctx),
    setUserRole: setUserRole(ctx),
    disableUser: disableUser(ctx),
    enableUser: enableUser(ctx),
    createRole: createRole(ctx),
    listRoles: listRoles(ctx),
    deleteRole: deleteRole(ctx),
  } satisfies Partial<ServiceImpl<typeof UserService>>
}
