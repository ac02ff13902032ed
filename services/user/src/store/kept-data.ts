import type { KeptData } from '../domain/privacy.ts'

/** Shape of an element of the column `kept`. */
export type KeptJson = { kind: string; count: number; reason: string; keep_until: string | null }

/** What was kept, as JSON text. */
export function toRowKept(kept: readonly KeptData[]): string {
  const json = kept.map(
    ({ keepUntil, ...rest }): KeptJson => ({ ...rest, keep_until: keepUntil?.toString() ?? null }),
  )
  return JSON.stringify(json)
}

/** What was kept, of a row. */
export function fromRowKept(json: readonly KeptJson[]): KeptData[] {
  return json.map(({ keep_until: keepUntil, ...rest }) => ({
    ...rest,
    keepUntil: keepUntil === null ? undefined : Temporal.Instant.from(keepUntil),
  }))
}
