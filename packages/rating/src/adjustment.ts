/**
 * What to charge (positive) or give back (negative), in minor units, when usage becomes known after its
 * period was billed: the full price of all known usage less what was billed so far, adjustments included.
 * Applying it again without new usage gives zero. Source: conformance model `rerating.additional_charge`.
 */
export function lateUsageAdjustment({
  ratedNow,
  billedSoFar,
}: {
  ratedNow: bigint
  billedSoFar: bigint
}): bigint {
  return ratedNow - billedSoFar
}
