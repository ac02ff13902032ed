import { create } from '@bufbuild/protobuf'
import { type Role, RoleSchema } from '@purser/contracts/user/v1/user'
import type { Role as DomainRole } from '../domain/role.ts'

/** The contract's form of a role. */
export function toProtoRole(role: DomainRole): Role {
  const { roleKey, name, permissions, builtIn } = role
  return create(RoleSchema, { roleKey, name, permissions: [...permissions], builtIn })
}
