import { create } from '@bufbuild/protobuf'
import {
  type Recipient as ProtoRecipient,
  type Shipment as ProtoShipment,
  ShipmentSchema,
  ShipmentState as ProtoState,
  ShipmentTransitionSchema,
} from '@purser/contracts/shipping/v1/shipment'
import { toProtoTimestamp } from '@purser/rpc'
import type { Recipient, Shipment, ShipmentTransition } from '../domain/shipment.ts'
import type { ShipmentState } from '../domain/shipment-state.ts'
import { invalidField } from './invalid-field.ts'

const protoStates = {
  created: ProtoState.CREATED,
  label_ready: ProtoState.LABEL_READY,
  shipped: ProtoState.SHIPPED,
  in_transit: ProtoState.IN_TRANSIT,
  delivered: ProtoState.DELIVERED,
  returned: ProtoState.RETURNED,
  canceled: ProtoState.CANCELED,
  failed: ProtoState.FAILED,
} as const satisfies Record<ShipmentState, ProtoState>

const states = new Map(
  Object.entries(protoStates).map(([state, proto]) => [
    proto as ProtoState,
    state as ShipmentState,
  ]),
)

/** The state that is meant; undefined for none. */
export function fromProtoState(state: ProtoState): ShipmentState | undefined {
  return states.get(state)
}

/** A shipment as lists show it: without history. */
export function toProtoShipment(shipment: Shipment): ProtoShipment {
  const { recipient, email, createdAt, updatedAt } = shipment
  return create(ShipmentSchema, {
    shipmentId: shipment.shipmentId,
    orderId: shipment.orderId,
    state: protoStates[shipment.state],
    lines: [...shipment.lines],
    methodKey: shipment.methodKey,
    carrier: shipment.carrier,
    carrierService: shipment.carrierService,
    trackingNumber: shipment.trackingNumber,
    failureCode: shipment.failureCode,
    accountId: shipment.accountId,
    weightGrams: shipment.weightGrams,
    createTime: toProtoTimestamp(createdAt),
    updateTime: toProtoTimestamp(updatedAt),
    ...(recipient && { recipient: toProtoRecipient(recipient, email) }),
  })
}

function toProtoRecipient({ name, address }: Recipient, email: string) {
  return { name, email, address: { ...address, lines: [...address.lines] } }
}

/** A shipment with its history. */
export function toProtoWholeShipment(
  shipment: Shipment,
  transitions: readonly ShipmentTransition[],
): ProtoShipment {
  return {
    ...toProtoShipment(shipment),
    transitions: transitions.map(({ number, from, to, cause, at }) =>
      create(ShipmentTransitionSchema, {
        number,
        fromState: from === undefined ? ProtoState.UNSPECIFIED : protoStates[from],
        toState: protoStates[to],
        cause,
        time: toProtoTimestamp(at),
      }),
    ),
  }
}

/** Who gets a shipment. Throws `request.invalid` without a country. */
export function fromProtoRecipient(proto: ProtoRecipient | undefined): Recipient {
  const address = proto?.address
  if (!proto || !address?.country) throw invalidField('recipient.address.country', 'is required')
  const { lines, city, region, postalCode, country } = address
  return { name: proto.name, address: { lines, city, region, postalCode, country } }
}
