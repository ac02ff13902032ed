import { asService } from '@purser/rpc'
import type { Bed } from './bed.ts'
import type { Operation } from './operation.ts'

/** A caller of the matrix, with what the matrix may expect of it. */
export type Credential = {
  name: string
  /** `authorization` of its requests; undefined for none. */
  authorization: string | undefined
  kind: 'none' | 'refused' | 'api_key' | 'person'
  /** Whose it is; both tenants are strangers to `none` and `refused`. */
  tenant: string
  permissions: readonly string[]
}

const strangers = { tenant: '', permissions: [] }

/** Callers whom nobody knows, a key that has expired and one that was revoked among them. */
export async function unknownCallers({ insiders, query }: Bed, tenant: string) {
  const as = asService('test', tenant)
  const make = (name: string) =>
    insiders.user.createApiKey({ tenant, name, permissions: ['*'] }, as)
  const [expired, revoked] = [await make('expired'), await make('revoked')]
  await query(`update "user".api_key set expires_at = '2026-01-02' where api_key_id = $1`, [
    expired.apiKey?.apiKeyId,
  ])
  await insiders.user.revokeApiKey({ tenant, apiKeyId: revoked.apiKey?.apiKeyId ?? '' }, as)
  const last = revoked.secret.at(-12) === 'A' ? 'B' : 'A'
  const unknown = `${revoked.secret.slice(0, -12)}${last}${revoked.secret.slice(-11)}`
  const refused = (name: string, secret: string): Credential => ({
    ...strangers,
    name,
    kind: 'refused',
    authorization: `Bearer ${secret}`,
  })
  return [
    { ...strangers, name: 'nobody', kind: 'none' as const, authorization: undefined },
    refused('malformed', 'x'),
    refused('unknown key', unknown),
    refused('expired key', expired.secret),
    refused('revoked key', revoked.secret),
  ]
}

/** An API key of a tenant. */
export async function apiKeyOf(
  { insiders }: Bed,
  tenant: string,
  name: string,
  permissions: readonly string[],
): Promise<Credential> {
  const { secret } = await insiders.user.createApiKey(
    { tenant, name, permissions: [...permissions] },
    asService('test', tenant),
  )
  const authorization = `Bearer ${secret}`
  return { name: `${name} of ${tenant}`, kind: 'api_key', tenant, permissions, authorization }
}

/** The platform's roles with what each may do. */
export async function builtInRoles({ insiders }: Bed, tenant: string) {
  const { roles } = await insiders.user.listRoles({ tenant }, asService('test', tenant))
  return roles.filter(({ builtIn }) => builtIn)
}

/**
 * Keys of a tenant: one that may do everything, one for each role, one for each area. And two for each binary digit of
 * the permissions' numbers, which hold those where it is 1 and those where it is 0: of any two permissions some key
 * holds one alone, so that an operation which asks for another one than its own is found, by a few keys instead of one
 * for each permission.
 */
export async function apiKeysOf(
  bed: Bed,
  tenant: string,
  operations: readonly Operation[],
  options: { scoped: boolean },
): Promise<Credential[]> {
  const single = [...new Set(operations.flatMap(({ permission }) => permission ?? []))].toSorted()
  const areas = new Set(single.map((permission) => `${permission.split('.')[0]}.*`))
  const ofAreas = [...areas].map((area) => [area, [area]] as const)
  const scopes = options.scoped ? [...ofAreas, ...halvesOf(single)] : []
  const wanted: [string, readonly string[]][] = [
    ['full key', ['*']],
    ...(await builtInRoles(bed, tenant)).map(
      (role) => [`key ${role.roleKey}`, role.permissions] as const,
    ),
    ...scopes,
  ].map(([name, permissions]) => [name as string, permissions as readonly string[]])
  const keys: Credential[] = []
  for (const [name, permissions] of wanted)
    keys.push(await apiKeyOf(bed, tenant, name, permissions))
  return keys
}

/** The permissions whose number has a 1, or a 0, at each binary digit, with a name. */
function halvesOf(permissions: readonly string[]): (readonly [string, readonly string[]])[] {
  const digits = Math.ceil(Math.log2(permissions.length))
  return Array.from({ length: digits }, (_, digit) => digit).flatMap((digit) =>
    [0, 1].map((value) => {
      const half = permissions.filter((_, number) => ((number >> digit) & 1) === value)
      return [`digit ${digit} is ${value}`, half] as const
    }),
  )
}
