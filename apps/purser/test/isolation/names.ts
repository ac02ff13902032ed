import { randomBytes } from 'node:crypto'

/** What path variables and reference fields are filled with, by their name in the contract. */
export type Names = Readonly<Record<string, string>>

/** What is named alike in every tenant, and so is nobody's. */
export const sameForAll: ReadonlySet<string> = new Set([
  'tenant',
  'version',
  'schema_urn',
  'resource_type',
  'provider',
  'carrier',
  'zone_key',
  'method_key',
  'rate_key',
])

/** What a shop shows to everybody: no secret, though each tenant's own. */
export const shownToAll: ReadonlySet<string> = new Set([
  'product_id',
  'variant_id',
  'category_id',
  'collection_id',
])

/** Names of the same form that name nothing, as somebody would guess them. */
export function guessedNames(like: Names): Names {
  const guess = ([name, value]: [string, string]): [string, string] => {
    if (sameForAll.has(name)) return [name, value]
    const prefix = /^[a-z]+_/.exec(value)?.[0] ?? ''
    return [name, `${prefix}${randomBytes(13).toString('hex')}`]
  }
  return Object.fromEntries(Object.entries(like).map(guess))
}

/** Names that are no names at all, under the same tenant. */
export function malformedNames(like: Names): Names {
  const names = Object.keys(like).map((name) => [name, 'no name at all!'])
  return { ...Object.fromEntries(names), tenant: like.tenant ?? '' }
}

/** How the fixture of a tenant names and words its things. */
export type Words = { id(kind: string): string; text(what: string): string; marker: string }
