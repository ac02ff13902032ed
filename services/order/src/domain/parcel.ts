/** Units of a line of an order in a parcel. */
export type PackedUnits = { lineNumber: number; quantity: number }

/** A parcel that shipping was asked for. */
export type Parcel = {
  /** Chosen by who asked. */
  parcelKey: string
  /** At the shipping service; empty while nobody knows its answer. */
  shipmentId: string
  /** Whether it was called off. */
  isCanceled: boolean
  units: readonly PackedUnits[]
}

/** A shipment of an order, as the shipping service says. */
export type Shipped = {
  shipmentId: string
  /** Whether its units can be sent by another one, since it failed. */
  hasFailed: boolean
  units: readonly PackedUnits[]
}

/**
 * Units by line that are in a parcel, from the moment on at which shipping is asked for it; what failed is in none, nor what
 * the order knows to be called off. A parcel whose answer nobody stored counts beside its shipment: rather too much than too little.
 */
export function packedUnits(
  parcels: readonly Parcel[],
  shipments: readonly Shipped[],
): ReadonlyMap<number, number> {
  const { sent, asked } = notCanceled(parcels, shipments)
  const packed = new Map<number, number>()
  for (const { units } of [...sent.filter(({ hasFailed }) => !hasFailed), ...asked]) {
    for (const { lineNumber, quantity } of units) {
      packed.set(lineNumber, (packed.get(lineNumber) ?? 0) + quantity)
    }
  }
  return packed
}

/** Whether shipping was asked for anything of an order that was not called off since, whatever became of it. */
export function wasPacked(parcels: readonly Parcel[], shipments: readonly Shipped[]): boolean {
  const { sent, asked } = notCanceled(parcels, shipments)
  return sent.length + asked.length > 0
}

/** Shipments that were not called off, and parcels that are none of the shipments that are known. */
function notCanceled(parcels: readonly Parcel[], shipments: readonly Shipped[]) {
  const canceled = new Set(
    parcels.filter(({ isCanceled }) => isCanceled).map(({ shipmentId }) => shipmentId),
  )
  const known = new Set(shipments.map(({ shipmentId }) => shipmentId))
  return {
    sent: shipments.filter(({ shipmentId }) => !canceled.has(shipmentId)),
    asked: parcels.filter(({ shipmentId, isCanceled }) => !isCanceled && !known.has(shipmentId)),
  }
}
