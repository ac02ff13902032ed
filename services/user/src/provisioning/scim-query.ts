import { type AttributePath, comparedAttribute, findAttributePath } from './attribute-path.ts'
import type { Filter } from './filter.ts'
import { parseFilter } from './parse-filter.ts'
import { type Projection, readProjection } from './projection.ts'
import { scimRefusal } from './scim-refusal.ts'
import type { ScimSchema } from './scim-schema.ts'

/** Most resources on a page; also announced by ServiceProviderConfig. */
export const mostResults = 200
const defaultCount = 100

/** A list as it is asked for (RFC 7644, section 3.4.2). */
export type ScimListQuery = {
  filter: Filter | undefined
  /** First result, from 1. */
  startIndex: number
  /** Most results, 0 to 200; 100 unless told. */
  count: number
  /** Member names in the document to sort by, in lower case; undefined to sort by id. */
  sortPath: readonly string[] | undefined
  isDescending: boolean
  projection: Projection
}

/**
 * Reads the query of a list. Unknown parameters are ignored, numbers out of range are moved into it
 * (section 3.4.2.4). Throws `invalidFilter`, `invalidPath` for an unknown `sortBy`, `invalidValue`
 * for what is no number.
 */
export function readListQuery(schema: ScimSchema, query: string): ScimListQuery {
  const parameters = parametersOf(query)
  const filter = parameters.get('filter')
  const sortBy = parameters.get('sortby')
  return {
    filter: filter === undefined ? undefined : parseFilter(schema, filter),
    startIndex: Math.max(1, integerOf(parameters, 'startIndex', 1)),
    count: Math.min(Math.max(0, integerOf(parameters, 'count', defaultCount)), mostResults),
    sortPath: sortBy === undefined ? undefined : sortPathOf(schema, sortBy),
    isDescending: parameters.get('sortorder')?.toLowerCase() === 'descending',
    projection: readProjection(schema, parameters),
  }
}

/** Reads which attributes are asked for. */
export function readProjectionQuery(schema: ScimSchema, query: string): Projection {
  return readProjection(schema, parametersOf(query))
}

/** Parameters by their name in lower case; of several with one name the last. */
function parametersOf(query: string): ReadonlyMap<string, string> {
  const pairs = [...new URLSearchParams(query)].filter(([, value]) => value !== '')
  return new Map(pairs.map(([name, value]) => [name.toLowerCase(), value]))
}

function integerOf(parameters: ReadonlyMap<string, string>, name: string, absent: number): number {
  const text = parameters.get(name.toLowerCase())
  if (text === undefined) return absent
  if (/^-?\d{1,9}$/.test(text)) return Number(text)
  throw scimRefusal('invalidValue', `"${name}" must be a whole number.`)
}

function sortPathOf(schema: ScimSchema, sortBy: string): string[] {
  const path: AttributePath = findAttributePath(schema, sortBy, 'invalidPath')
  const last = comparedAttribute(path)
  if (last === undefined) throw scimRefusal('invalidPath', 'Nothing can be sorted by "sortBy".')
  const { attribute } = path
  // Of several values the first one decides.
  const names = [attribute.name, ...(attribute.config.multiValued ? ['0'] : [])]
  return [...names, ...(last === attribute ? [] : [last.name])].map((name) => name.toLowerCase())
}
