import { create } from '@bufbuild/protobuf'
import {
  type User as ProtoUser,
  UserStatus as ProtoUserStatus,
  UserSchema,
} from '@purser/contracts/user/v1/user'
import { toProtoTimestamp } from '@purser/rpc'
import type { User, UserStatus } from '../domain/user.ts'

const protoUserStatuses = {
  invited: ProtoUserStatus.INVITED,
  active: ProtoUserStatus.ACTIVE,
  disabled: ProtoUserStatus.DISABLED,
} as const satisfies Record<UserStatus, ProtoUserStatus>

/** A status as answered. */
export function toProtoUserStatus(status: UserStatus): ProtoUserStatus {
  return protoUserStatuses[status]
}

/** A person as answered. */
export function toProtoUser(user: User): ProtoUser {
  return create(UserSchema, {
    userId: user.userId,
    email: user.email,
    fullName: user.fullName,
    role: user.roleKey,
    status: toProtoUserStatus(user.status),
    accountId: user.accountId ?? '',
    createTime: toProtoTimestamp(user.createdAt),
  })
}
