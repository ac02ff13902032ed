import type { AttributePath } from './attribute-path.ts'
import type { Comparison, Filter } from './filter.ts'

/** Whether an element of a multi-valued attribute fulfils a filter of `parseElementFilter`. */
export function matchesElement(
  filter: Filter,
  element: Readonly<Record<string, unknown>>,
): boolean {
  switch (filter.kind) {
    case 'all':
      return filter.parts.every((part) => matchesElement(part, element))
    case 'any':
      return filter.parts.some((part) => matchesElement(part, element))
    case 'not':
      return !matchesElement(filter.part, element)
    case 'present':
      return valueOf(filter.path, element) !== undefined
    case 'compare':
      return compares(filter.comparison, valueOf(filter.path, element), filter.value)
    case 'element':
      return false // Elements have no elements: the parser lets none through.
  }
}

function valueOf({ sub }: AttributePath, element: Readonly<Record<string, unknown>>): unknown {
  if (sub === undefined) return undefined
  const value = element[sub.name]
  return typeof value === 'string' && !sub.config.caseExact ? value.toLowerCase() : value
}

function compares(comparison: Comparison, actual: unknown, wanted: string | boolean): boolean {
  if (comparison === 'eq') return actual === wanted
  if (comparison === 'ne') return actual !== wanted
  if (typeof actual !== 'string' || typeof wanted !== 'string') return false
  switch (comparison) {
    case 'co':
      return actual.includes(wanted)
    case 'sw':
      return actual.startsWith(wanted)
    case 'ew':
      return actual.endsWith(wanted)
    case 'gt':
      return actual > wanted
    case 'ge':
      return actual >= wanted
    case 'lt':
      return actual < wanted
    case 'le':
      return actual <= wanted
  }
}
