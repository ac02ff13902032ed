import { create } from '@bufbuild/protobuf'
import {
  DifferenceKind as ProtoKind,
  PaymentDifferenceSchema,
  type ReconcilePaymentsRequest,
  type ReconcilePaymentsResponse,
  ReconcilePaymentsResponseSchema,
} from '@purser/contracts/payment/v1/reconciliation'
import { type Money, PurserError } from '@purser/kernel'
import { decodePageToken, encodePageToken, fromProtoTimestamp, unknownPageToken } from '@purser/rpc'
import type { PaymentContext } from '../context.ts'
import type { Difference, DifferenceKind } from '../domain/difference.ts'
import {
  type Phase,
  phases,
  type ReconciliationPlace,
  reconcilePage,
} from '../payments/reconcile-page.ts'

const protoKinds = {
  missing_here: ProtoKind.MISSING_HERE,
  missing_there: ProtoKind.MISSING_THERE,
  amount: ProtoKind.AMOUNT,
  state: ProtoKind.STATE,
  refunded: ProtoKind.REFUNDED,
  unresolved: ProtoKind.UNRESOLVED,
  parked_webhook: ProtoKind.PARKED_WEBHOOK,
} as const satisfies Record<DifferenceKind, ProtoKind>

const DEFAULT_PAGE_SIZE = 500

/**
 * Compares payments with a provider's books: first those that are here, then those that are there
 * alone, then parked webhooks. Changes nothing. Throws `resource.not_found` for an unknown provider,
 * `request.invalid` for a page token of another list.
 */
export function reconcilePayments(ctx: PaymentContext) {
  return async (req: ReconcilePaymentsRequest): Promise<ReconcilePaymentsResponse> => {
    const { tenant, createdFrom, createdBefore } = req
    const provider = req.provider || ctx.defaultProvider
    if (!ctx.providers.has(provider)) {
      throw new PurserError('resource.not_found', 'There is no such payment provider.')
    }
    const page = await reconcilePage(ctx, tenant, {
      provider,
      place: placeOf(req.pageToken),
      from: createdFrom && fromProtoTimestamp(createdFrom),
      before: createdBefore && fromProtoTimestamp(createdBefore),
      limit: req.pageSize || DEFAULT_PAGE_SIZE,
    })
    return create(ReconcilePaymentsResponseSchema, {
      differences: page.differences.map(toProtoDifference),
      comparedCount: page.comparedCount,
      nextPageToken: page.next ? encodePageToken([page.next.phase, page.next.after]) : '',
    })
  }
}

function placeOf(token: string): ReconciliationPlace {
  const [first] = phases
  const [name = first, after = ''] = decodePageToken(token, 2) ?? []
  const phase = phases.find((known: Phase) => known === name)
  if (phase !== undefined) return { phase, after }
  throw unknownPageToken()
}

function toProtoDifference(difference: Difference) {
  const { kind, amountHere, amountThere, ...texts } = difference
  return create(PaymentDifferenceSchema, {
    kind: protoKinds[kind],
    ...texts,
    ...(amountHere && { amountHere: toProtoMoney(amountHere) }),
    ...(amountThere && { amountThere: toProtoMoney(amountThere) }),
  })
}

function toProtoMoney({ amountMinor, currency }: Money) {
  return { amountCents: amountMinor, currency }
}
