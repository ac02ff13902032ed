import { create } from '@bufbuild/protobuf'
import { type Address as ProtoAddress, AddressSchema } from '@purser/contracts/common/v1/common'
import {
  type Account as ProtoAccount,
  AccountKind as ProtoAccountKind,
  AccountSchema,
  type ApiKey as ProtoApiKey,
  ApiKeyCreator_Kind as ProtoCreatorKind,
  ApiKeySchema,
  type Tenant as ProtoTenant,
  TenantSchema,
} from '@purser/contracts/user/v1/user'
import { newId } from '@purser/kernel'
import { toProtoTimestamp } from '@purser/rpc'
import type { Account, AccountKind } from '../domain/account.ts'
import type { Address } from '../domain/address.ts'
import type { ApiKey, ApiKeyCreator } from '../domain/api-key.ts'
import type { Tenant } from '../domain/tenant.ts'

const accountKinds = {
  [ProtoAccountKind.UNSPECIFIED]: 'organization',
  [ProtoAccountKind.PERSON]: 'person',
  [ProtoAccountKind.ORGANIZATION]: 'organization',
} as const satisfies Record<ProtoAccountKind, AccountKind>

const protoAccountKinds = {
  person: ProtoAccountKind.PERSON,
  organization: ProtoAccountKind.ORGANIZATION,
} as const satisfies Record<AccountKind, ProtoAccountKind>

/** A kind as answered. */
export function toProtoAccountKind(kind: AccountKind): ProtoAccountKind {
  return protoAccountKinds[kind]
}

const protoCreatorKinds = {
  user: ProtoCreatorKind.USER,
  api_key: ProtoCreatorKind.API_KEY,
  service: ProtoCreatorKind.SERVICE,
} as const satisfies Record<ApiKeyCreator['kind'], ProtoCreatorKind>

/** A tenant as asked for; its fields were checked against the contract before. */
export function fromProtoTenant(tenant: ProtoTenant, createdAt: Temporal.Instant): Tenant {
  return {
    tenantId: tenant.tenant,
    legalName: tenant.legalName,
    timeZone: tenant.timeZone,
    address: tenant.address && fromProtoAddress(tenant.address),
    taxNumber: tenant.taxNumber,
    createdAt,
  }
}

/** A tenant as it is answered. */
export function toProtoTenant(tenant: Tenant): ProtoTenant {
  return create(TenantSchema, {
    tenant: tenant.tenantId,
    legalName: tenant.legalName,
    timeZone: tenant.timeZone,
    ...(tenant.address ? { address: toProtoAddress(tenant.address) } : {}),
    taxNumber: tenant.taxNumber,
    createTime: toProtoTimestamp(tenant.createdAt),
  })
}

/** An account as asked for, with a new id when it names none; its fields were checked before. */
export function fromProtoAccount(account: ProtoAccount, createdAt: Temporal.Instant): Account {
  return {
    accountId: account.accountId || newId('acct'),
    name: account.name,
    kind: accountKinds[account.kind],
    email: account.email,
    address: account.address && fromProtoAddress(account.address),
    createdAt,
  }
}

/** An account as it is answered. */
export function toProtoAccount(account: Account): ProtoAccount {
  return create(AccountSchema, {
    accountId: account.accountId,
    name: account.name,
    kind: toProtoAccountKind(account.kind),
    email: account.email,
    ...(account.address ? { address: toProtoAddress(account.address) } : {}),
    createTime: toProtoTimestamp(account.createdAt),
    ...(account.erasedAt ? { eraseTime: toProtoTimestamp(account.erasedAt) } : {}),
  })
}

/** An API key as it is answered. */
export function toProtoApiKey(key: ApiKey): ProtoApiKey {
  return create(ApiKeySchema, {
    apiKeyId: key.apiKeyId,
    name: key.name,
    prefix: key.prefix,
    permissions: [...key.permissions],
    createTime: toProtoTimestamp(key.createdAt),
    ...(key.expiresAt ? { expireTime: toProtoTimestamp(key.expiresAt) } : {}),
    ...(key.revokedAt ? { revokeTime: toProtoTimestamp(key.revokedAt) } : {}),
    ...(key.createdBy ? { createdBy: toProtoCreator(key.createdBy) } : {}),
    ...(key.lastUsedAt ? { lastUsedTime: toProtoTimestamp(key.lastUsedAt) } : {}),
    ...(key.rotatedAt ? { rotateTime: toProtoTimestamp(key.rotatedAt) } : {}),
  })
}

function toProtoCreator({ kind, id }: ApiKeyCreator) {
  return { kind: protoCreatorKinds[kind], id }
}

/** An address as asked for; its fields were checked before. */
export function fromProtoAddress({
  lines,
  city,
  region,
  postalCode,
  country,
}: ProtoAddress): Address {
  return { lines, city, region, postalCode, country }
}

/** An address as it is answered. */
export function toProtoAddress({ lines, ...rest }: Address): ProtoAddress {
  return create(AddressSchema, { ...rest, lines: [...lines] })
}
