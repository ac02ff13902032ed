/** A state, province or region as addresses are compared: whatever its case and its spaces at the ends. */
export function normalRegion(region: string): string {
  return region.normalize('NFC').trim().toLowerCase()
}
