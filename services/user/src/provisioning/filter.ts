import type { AttributePath } from './attribute-path.ts'

/** Comparison operators of RFC 7644, section 3.4.2.2, but `pr`. */
export const comparisons = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'] as const
export type Comparison = (typeof comparisons)[number]

/**
 * A filter that was read and checked against a schema. Texts of attributes that ignore case are in
 * lower case, times are spelled as `toScimTime` does, `null` was turned into a test of presence.
 */
export type Filter =
  | { kind: 'all' | 'any'; parts: readonly Filter[] }
  | { kind: 'not'; part: Filter }
  | { kind: 'present'; path: AttributePath }
  | { kind: 'compare'; path: AttributePath; comparison: Comparison; value: string | boolean }
  /** One element of a multi-valued attribute fulfils all of `filter`, whose paths begin at it. */
  | { kind: 'element'; path: AttributePath; filter: Filter }

/** A time as filters compare it: UTC with six digits, so that the order of texts is that of times. */
export function toScimTime(time: Temporal.Instant): string {
  return time.toString({ smallestUnit: 'microsecond' })
}

/** The value that every resource fulfilling the filter has in an attribute, if the filter says so. */
export function requiredText(filter: Filter | undefined, name: string): string | undefined {
  if (filter?.kind === 'all') {
    return filter.parts.map((part) => requiredText(part, name)).find((text) => text !== undefined)
  }
  if (filter?.kind !== 'compare' || filter.comparison !== 'eq') return undefined
  const { path, value } = filter
  const isIt = path.attribute.name === name && path.sub === undefined && typeof value === 'string'
  return isIt ? value : undefined
}
