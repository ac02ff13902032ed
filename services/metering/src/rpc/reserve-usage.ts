import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type Reservation,
  ReservationSchema,
  type ReserveUsageRequest,
} from '@purser/contracts/metering/v1/metering'
import { newId } from '@purser/kernel'
import type { MeteringContext } from '../context.ts'
import {
  fromProtoFeatures,
  propertiesJsonOf,
  toProtoStanding,
  toProtoTime,
} from './convert-usage.ts'
import { refuseUnlessAdmitted, tellStanding } from './tell-usage.ts'

const DEFAULT_HOLD_SECONDS = 600

/** Counts units before they are used. Throws as `consumeUsage` does. */
export function reserveUsage({ decider }: Pick<MeteringContext, 'decider'>) {
  return async (req: ReserveUsageRequest, call: HandlerContext): Promise<Reservation> => {
    const reservationId = req.reservationId || newId('rsv')
    const holdSeconds = req.holdSeconds || DEFAULT_HOLD_SECONDS
    const answer = await decider.decide(req.tenant, {
      accountId: req.accountId,
      features: fromProtoFeatures(req.features),
      id: reservationId,
      propertiesJson: propertiesJsonOf(req.properties),
      holdSeconds,
    })
    refuseUnlessAdmitted(answer)
    tellStanding(call, answer)
    const repeated = answer.verdict === 'repeated'
    const expireTime = repeated ? undefined : toProtoTime(answer.decidedMs + holdSeconds * 1_000)
    return create(ReservationSchema, {
      reservationId,
      repeated,
      ...(expireTime ? { expireTime } : {}),
      features: answer.features.map(toProtoStanding),
    })
  }
}
