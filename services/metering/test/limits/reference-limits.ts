/** A limit of the reference: milliseconds, whole units. */
export type ReferenceLimit = {
  units: number
  soft: boolean
  window: { kind: 'rolling' | 'fixed'; seconds: number } | { kind: 'day' | 'month' }
}

export type ReferenceItem = { feature: string; units: number }

/**
 * What limits mean, said as simply as possible: every admitted unit is remembered with its time, and whether one more
 * fits is asked of all of them. One account.
 */
export class ReferenceLimits {
  readonly #limits: ReadonlyMap<string, readonly ReferenceLimit[]>
  readonly admitted: { feature: string; units: number; atMs: number }[] = []
  readonly #ids = new Map<string, string>()

  constructor(limits: ReadonlyMap<string, readonly ReferenceLimit[]>) {
    this.#limits = limits
  }

  decide(items: readonly ReferenceItem[], id: string | undefined, atMs: number): string {
    const content = JSON.stringify(items.toSorted((a, b) => (a.feature < b.feature ? -1 : 1)))
    const known = id === undefined ? undefined : this.#ids.get(id)
    if (known !== undefined) return known === content ? 'repeated' : 'id_of_other_usage'
    const fits = items.every(({ feature, units }) =>
      this.#limits
        .get(feature)
        ?.every((limit) => limit.soft || this.used(feature, limit, atMs) + units <= limit.units),
    )
    if (!fits) return 'refused'
    for (const item of items) this.admitted.push({ ...item, atMs })
    if (id !== undefined) this.#ids.set(id, content)
    return 'admitted'
  }

  /** Units of a feature that count against a limit. */
  used(feature: string, limit: ReferenceLimit, atMs: number): number {
    return this.admitted
      .filter((unit) => unit.feature === feature && counts(limit.window, unit.atMs, atMs))
      .reduce((sum, { units }) => sum + units, 0)
  }
}

function counts(window: ReferenceLimit['window'], unitMs: number, nowMs: number): boolean {
  switch (window.kind) {
    case 'rolling': {
      // A unit counts until its bucket, a 300th of the window, lies wholly outside.
      const widthMs = Math.floor((window.seconds * 10_000) / 3) / 1_000
      const bucketEndMs = (Math.floor(unitMs / widthMs) + 1) * widthMs
      return nowMs < bucketEndMs + window.seconds * 1_000
    }
    case 'fixed': {
      const lengthMs = window.seconds * 1_000
      return Math.floor(unitMs / lengthMs) === Math.floor(nowMs / lengthMs)
    }
    case 'day':
      return isoPrefix(unitMs, 10) === isoPrefix(nowMs, 10)
    case 'month':
      return isoPrefix(unitMs, 7) === isoPrefix(nowMs, 7)
  }
}

function isoPrefix(ms: number, length: number): string {
  return new Date(ms).toISOString().slice(0, length)
}
