import { create } from '@bufbuild/protobuf'
import {
  type SsoConnection as ProtoSsoConnection,
  SsoConnectionSchema,
} from '@purser/contracts/user/v1/single_sign_on'
import { toProtoTimestamp } from '@purser/rpc'
import type { SsoConnection } from '../../domain/sso-connection.ts'

/** A connection as answered: without its secret. */
export function toProtoSsoConnection(connection: SsoConnection): ProtoSsoConnection {
  return create(SsoConnectionSchema, {
    issuer: connection.issuer,
    clientId: connection.clientId,
    redirectUris: [...connection.redirectUris],
    emailDomains: [...connection.emailDomains],
    defaultRole: connection.defaultRoleKey,
    justInTime: connection.createsPeople,
    enforced: connection.isEnforced,
    updateTime: toProtoTimestamp(connection.updatedAt),
  })
}
