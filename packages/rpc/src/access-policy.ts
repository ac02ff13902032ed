import { type DescMethod, getOption, hasOption, type Message, ScalarType } from '@bufbuild/protobuf'
import { access } from '@purser/contracts/options'
import { assert, PurserError } from '@purser/kernel'
import type { Principal } from './principal.ts'

/**
 * Who may call one method, compiled from its `purser.options.v1.access` option. Both checks throw:
 * `auth.missing_credentials` for a caller without credentials, `auth.permission_denied` for one
 * without the permission, `resource.not_found` for another tenant's things, exactly as for things
 * that are not.
 */
export type AccessPolicy = {
  checkCaller(principal: Principal): void
  checkTenant(principal: Principal, message: Message): void
}

/** No credentials and no tenant: the protocols that every server answers, such as health. */
export const publicPolicy: AccessPolicy = {
  checkCaller: () => undefined,
  checkTenant: () => undefined,
}

/**
 * Compiles the policy of a method. A method that declares nothing is a bug and throws an
 * AssertionError naming it, so that the host does not start.
 */
export function compileAccessPolicy(method: DescMethod): AccessPolicy {
  const name = `${method.parent.typeName}/${method.name}`
  const rule = hasOption(method, access) ? getOption(method, access).rule : { case: undefined }
  assert(
    rule.case !== undefined && rule.value,
    () => `${name} declares no access: public, internal or a permission (purser.options.v1.access)`,
  )
  if (rule.case === 'public') return publicPolicy
  return {
    checkCaller: rule.case === 'internal' ? requireService : requirePermission(rule.value),
    checkTenant: namesTenant(method) ? requireTenant : publicPolicy.checkTenant,
  }
}

function requireService(principal: Principal): void {
  requireCredentials(principal)
  if (principal.kind !== 'service') throw denied('this method is internal')
}

function requirePermission(permission: string): (principal: Principal) => void {
  const sufficient = sufficientPermissions(permission)
  return (principal) => {
    requireCredentials(principal)
    for (const held of principal.permissions) if (sufficient.has(held)) return
    throw denied(`the permission ${permission} is required`)
  }
}

/** `billing.runs.write` is granted by itself, `billing.runs.*`, `billing.*` and `*`. */
function sufficientPermissions(permission: string): ReadonlySet<string> {
  const parts = permission.split('.')
  const wildcards = parts.map((_, depth) => [...parts.slice(0, depth), '*'].join('.'))
  return new Set([permission, ...wildcards])
}

function requireCredentials(principal: Principal): void {
  if (principal.kind !== 'anonymous') return
  throw new PurserError('auth.missing_credentials', 'credentials are required')
}

/** An empty tenant passes only with a service that acts for all; the field rules judge it then. */
function requireTenant(principal: Principal, message: Message): void {
  const { tenant } = message as Message & { tenant: string }
  if (tenant === principal.tenant && tenant !== '') return
  if (principal.kind === 'service' && principal.tenant === '*') return
  if (tenant === '') {
    throw new PurserError('request.invalid', 'tenant is required', {
      fields: [{ field: 'tenant', message: 'is required' }],
    })
  }
  throw new PurserError('resource.not_found', 'not found')
}

function namesTenant(method: DescMethod): boolean {
  const field = method.input.field.tenant
  return field?.fieldKind === 'scalar' && field.scalar === ScalarType.STRING && !field.oneof
}

function denied(message: string): PurserError {
  return new PurserError('auth.permission_denied', message)
}
