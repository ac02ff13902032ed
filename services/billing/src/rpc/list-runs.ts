import { create } from '@bufbuild/protobuf'
import {
  ListRunsResponseSchema,
  type ListRunsRequest,
  type ListRunsResponse,
} from '@purser/contracts/billing/v1/billing'
import { decodePageToken, encodePageToken, pageSizeOf } from '@purser/rpc'
import type { BillingContext } from '../context.ts'
import { listRuns as readRuns } from '../store/run.ts'
import { describeRun } from './get-run.ts'

/** Lists runs, newest first. */
export function listRuns(ctx: BillingContext) {
  return async ({ tenant, pageSize, pageToken }: ListRunsRequest): Promise<ListRunsResponse> => {
    const limit = pageSizeOf(pageSize)
    const before = decodePageToken(pageToken, 1)?.[0]
    const runs = await ctx.db.tx(tenant, (tx) => readRuns(tx, tenant, { before, limit }), {
      readOnly: true,
    })
    const last = runs.at(-1)
    return create(ListRunsResponseSchema, {
      runs: await Promise.all(runs.map((run) => describeRun(ctx, tenant, run))),
      nextPageToken: last && runs.length === limit ? encodePageToken([last.runId]) : '',
    })
  }
}
