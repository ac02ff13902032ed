import { create } from '@bufbuild/protobuf'
import {
  type Member as ProtoMember,
  MemberRole as ProtoMemberRole,
  MemberSchema,
} from '@purser/contracts/user/v1/user'
import { toProtoTimestamp } from '@purser/rpc'
import type { Member, MemberRole } from '../../domain/member.ts'
import { toProtoUserStatus } from '../convert-user.ts'

const roles = {
  [ProtoMemberRole.UNSPECIFIED]: 'member',
  [ProtoMemberRole.ADMIN]: 'admin',
  [ProtoMemberRole.MEMBER]: 'member',
} as const satisfies Record<ProtoMemberRole, MemberRole>

const protoRoles = {
  admin: ProtoMemberRole.ADMIN,
  member: ProtoMemberRole.MEMBER,
} as const satisfies Record<MemberRole, ProtoMemberRole>

/** A role as asked for; member when left out. */
export function fromProtoMemberRole(role: ProtoMemberRole): MemberRole {
  return roles[role]
}

/** A role as answered. */
export function toProtoMemberRole(role: MemberRole): ProtoMemberRole {
  return protoRoles[role]
}

/** A member as answered. */
export function toProtoMember({ status, role, createdAt, ...member }: Member): ProtoMember {
  return create(MemberSchema, {
    ...member,
    role: protoRoles[role],
    status: toProtoUserStatus(status),
    createTime: toProtoTimestamp(createdAt),
  })
}
