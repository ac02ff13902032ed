import type { Dimensions as ProtoDimensions } from '@purser/contracts/common/v1/common'
import type { Dimensions } from '@purser/kernel'

/** What a message says of the size of a unit: a part of an object that is empty for what was not measured. */
export function fromProtoDimensions({ dimensions }: { dimensions?: ProtoDimensions }): {
  dimensions?: Dimensions
} {
  if (dimensions === undefined) return {}
  const { lengthMm, widthMm, heightMm } = dimensions
  return { dimensions: { lengthMm, widthMm, heightMm } }
}
