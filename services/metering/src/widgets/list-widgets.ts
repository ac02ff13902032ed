import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ListWidgetsRequest,
  type ListWidgetsResponse,
  ListWidgetsResponseSchema,
} from '@purser/contracts/metering/v1/metering'
import { PurserError } from '@purser/kernel'
import type { TouchedUsage } from '../alerts/touched-usage.ts'
import type { MeteringContext } from '../context.ts'
import { refuseUnlessAdmitted, tellStanding } from '../rpc/tell-usage.ts'
import { listAccountLimits } from '../store/limit-standing.ts'
import { callerAccount } from './caller-account.ts'

const FEATURE = 'widgets'

const widgets = [
  { widgetId: 'wdg_gear', name: 'Gear' },
  { widgetId: 'wdg_lever', name: 'Lever' },
  { widgetId: 'wdg_spring', name: 'Spring' },
]

/**
 * The sample of a protected resource: each call uses one unit of the feature `widgets` of the caller's account. Throws
 * `metering.limit_exceeded`, `metering.feature_not_entitled`, and what `callerAccount` throws.
 */
export function listWidgets(
  ctx: Pick<MeteringContext, 'db' | 'decider' | 'neighbours'> & { touched: TouchedUsage },
) {
  return async (req: ListWidgetsRequest, call: HandlerContext): Promise<ListWidgetsResponse> => {
    const { tenant, accountId } = await callerAccount(ctx, call, req.accountId)
    const answer = await ctx.decider.decide(tenant, {
      accountId,
      features: [{ featureKey: FEATURE, units: 1n }],
      id: undefined,
      propertiesJson: undefined,
      holdSeconds: undefined,
    })
    const limitKey = answer.features[0]?.standing?.limitKey
    const windowSeconds = await windowSecondsOf(ctx, { tenant, accountId, limitKey })
    try {
      refuseUnlessAdmitted(answer)
    } catch (error) {
      throw withWindow(error, windowSeconds)
    }
    ctx.touched.add(tenant, accountId, FEATURE)
    tellStanding(call, answer, windowSeconds)
    return create(ListWidgetsResponseSchema, { widgets })
  }
}

/** Length of the window that the caller is told of; undefined when it has none. */
async function windowSecondsOf(
  { db }: Pick<MeteringContext, 'db'>,
  { tenant, accountId, limitKey }: { tenant: string; accountId: string; limitKey?: string },
): Promise<number | undefined> {
  if (limitKey === undefined) return undefined
  const read = { readOnly: true }
  const limits = await db.tx(
    tenant,
    (tx) => listAccountLimits(tx, tenant, accountId, FEATURE),
    read,
  )
  const told = limits.find((limit) => limit.limitKey === limitKey)
  return told?.windowSeconds || undefined
}

function withWindow(error: unknown, windowSeconds: number | undefined): unknown {
  if (!(error instanceof PurserError) || windowSeconds === undefined) return error
  const details = { ...error.details, window_seconds: String(windowSeconds) }
  return new PurserError(error.code, error.message, { details })
}
