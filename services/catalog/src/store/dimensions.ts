import type { Dimensions } from '@purser/kernel'

/** Length, width and height as rows have them; null for what was not measured. */
export type SidesRow = [number, number, number] | null

/** What a row says of the size of a variant: a part of it that is empty for what was not measured. */
export function fromSidesRow(sides: SidesRow): { dimensions?: Dimensions } {
  if (sides === null) return {}
  const [lengthMm, widthMm, heightMm] = sides
  return { dimensions: { lengthMm, widthMm, heightMm } }
}

/** A size as rows have it. */
export function toSidesRow(dimensions: Dimensions | undefined): SidesRow {
  if (dimensions === undefined) return null
  return [dimensions.lengthMm, dimensions.widthMm, dimensions.heightMm]
}
