/** Units of a line of an order in a parcel. */
export type PackedUnits = { lineNumber: number; quantity: number }

/** A parcel that shipping was asked for. */
export type Parcel = {
  /** Chosen by who asked. */
  parcelKey: string
  /** At the shipping service; empty while nobody knows its answer. */
  shipmentId: string
  units: readonly PackedUnits[]
}

/** A shipment of an order, as the shipping service says. */
export type Shipped = {
  shipmentId: string
  /** Whether its units can be sent by another one: it was called off, or it failed. */
  isVoid: boolean
  units: readonly PackedUnits[]
}

/**
 * Units by line that are in a parcel, from the moment on at which shipping is asked for it; what failed is in none. A
 * parcel whose answer nobody stored counts beside its shipment: rather too much than too little.
 */
export function packedUnits(
  parcels: readonly Parcel[],
  shipments: readonly Shipped[],
): ReadonlyMap<number, number> {
  const known = new Set(shipments.map(({ shipmentId }) => shipmentId))
  const packed = new Map<number, number>()
  for (const { units } of [
    ...shipments.filter(({ isVoid }) => !isVoid),
    ...parcels.filter(({ shipmentId }) => !known.has(shipmentId)),
  ]) {
    for (const { lineNumber, quantity } of units) {
      packed.set(lineNumber, (packed.get(lineNumber) ?? 0) + quantity)
    }
  }
  return packed
}
