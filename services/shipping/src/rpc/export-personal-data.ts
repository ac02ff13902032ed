import { create } from '@bufbuild/protobuf'
import {
  type ExportPersonalDataRequest,
  type ExportPersonalDataResponse,
  ExportPersonalDataResponseSchema,
} from '@purser/contracts/common/v1/privacy'
import { decodePageToken, encodePageToken } from '@purser/rpc'
import type { ShippingContext } from '../context.ts'
import { listPersonalRecords } from '../store/personal-data.ts'
import { subjectsOf } from './subjects-of.ts'

const RECORDS_A_PAGE = 500

/** Answers what is held about accounts and guests: the shipments to them. */
export function exportPersonalData(ctx: ShippingContext) {
  return async (req: ExportPersonalDataRequest): Promise<ExportPersonalDataResponse> => {
    const { tenant } = req
    const offset = Number(decodePageToken(req.pageToken, 1)?.[0] ?? 0)
    const page = { offset, limit: RECORDS_A_PAGE }
    const found = await ctx.db.tx(
      tenant,
      (tx) => listPersonalRecords(tx, tenant, subjectsOf(req), page),
      { readOnly: true },
    )
    const isFull = found.length === RECORDS_A_PAGE
    return create(ExportPersonalDataResponseSchema, {
      records: found.map((json) => ({ kind: 'shipments', json })),
      nextPageToken: isFull ? encodePageToken([String(offset + RECORDS_A_PAGE)]) : '',
    })
  }
}
