import { findAttributePath, withoutUrn } from './attribute-path.ts'
import { isMembers } from './scim-body.ts'
import type { JsonMembers } from '../domain/provisioned-user.ts'
import type { ScimSchema } from './scim-schema.ts'

/** Which attributes of a resource are answered; those that identify it always are. */
export type Projection =
  | { kind: 'all' }
  | { kind: 'only' | 'without'; names: readonly (readonly [string, string | undefined])[] }

const mostNames = 100
const always = new Set(['schemas', 'id'])

/**
 * Reads `attributes` or, without them, `excludedAttributes` (RFC 7644, section 3.9). Names that the
 * schema does not have are ignored.
 */
export function readProjection(
  schema: ScimSchema,
  parameters: ReadonlyMap<string, string>,
): Projection {
  const only = parameters.get('attributes')
  const without = parameters.get('excludedattributes')
  if (only !== undefined) return { kind: 'only', names: namesIn(schema, only) }
  if (without !== undefined) return { kind: 'without', names: namesIn(schema, without) }
  return { kind: 'all' }
}

/** Whether a projection answers anything of the attribute. */
export function isAnswered(projection: Projection, attribute: string): boolean {
  if (projection.kind === 'all') return true
  const found = projection.names.filter(([name]) => name === attribute)
  if (projection.kind === 'only') return found.length > 0
  return !found.some(([, sub]) => sub === undefined)
}

/** The resource with the attributes of the projection. */
export function project(resource: JsonMembers, projection: Projection): JsonMembers {
  if (projection.kind === 'all') return resource
  const members = Object.entries(resource).flatMap(([name, value]) => {
    if (always.has(name)) return [[name, value] as const]
    if (!isAnswered(projection, name)) return []
    const subs = projection.names.flatMap(([of, sub]) =>
      of === name && sub !== undefined ? [sub] : [],
    )
    const isWhole = subs.length === 0 || projection.names.some(([of, sub]) => of === name && !sub)
    return [[name, isWhole ? value : projectSubs(value, projection.kind, subs)] as const]
  })
  return Object.fromEntries(members)
}

function projectSubs(value: unknown, kind: 'only' | 'without', subs: readonly string[]): unknown {
  if (Array.isArray(value)) return value.map((one) => projectSubs(one, kind, subs))
  if (!isMembers(value)) return value
  const members = Object.entries(value).filter(
    ([name]) => subs.includes(name) === (kind === 'only'),
  )
  return Object.fromEntries(members)
}

function namesIn(schema: ScimSchema, text: string): [string, string | undefined][] {
  return text.split(',', mostNames).flatMap((name) => {
    try {
      const wanted = withoutUrn(schema, name.trim())
      const { attribute, sub } = findAttributePath(schema, wanted, 'invalidPath')
      return [[attribute.name, sub?.name]]
    } catch {
      return []
    }
  })
}
