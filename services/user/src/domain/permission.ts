/**
 * Whether one of the `held` permissions covers `wanted`. A name covers itself; `metering.events.*`,
 * `metering.*` and `*` cover every name, and every wildcard, that begins like them. A wildcard is
 * covered by itself and by wider ones alone: `metering.events.write` does not cover `metering.*`.
 */
export function holdsPermission(held: readonly string[], wanted: string): boolean {
  const sufficient = sufficientPermissions(wanted)
  return held.some((permission) => sufficient.has(permission))
}

/** `metering.events.write`: itself, `metering.events.*`, `metering.*` and `*`. */
function sufficientPermissions(wanted: string): ReadonlySet<string> {
  const parts = wanted.split('.')
  const wildcards = parts.map((_, depth) => [...parts.slice(0, depth), '*'].join('.'))
  return new Set([wanted, ...wildcards])
}
