import { create } from '@bufbuild/protobuf'
import {
  type ErasePersonalDataRequest,
  type ErasePersonalDataResponse,
  ErasePersonalDataResponseSchema,
  type ExportPersonalDataRequest,
  type ExportPersonalDataResponse,
  ExportPersonalDataResponseSchema,
} from '@purser/contracts/common/v1/privacy'
import { decodePageToken, encodePageToken } from '@purser/rpc'
import type { CartContext } from '../context.ts'
import { eraseCarts, listPersonalRecords } from '../store/personal-data.ts'

const RECORDS_A_PAGE = 500

/** An erasure may meet the person's own calls: a deadlock is tried again. */
const RETRY = { attempts: 3 }

/** What is held about people: their carts with their notes. A guest's cart names nobody. */
export function personalDataMethods(ctx: CartContext) {
  return {
    exportPersonalData: async (
      req: ExportPersonalDataRequest,
    ): Promise<ExportPersonalDataResponse> => {
      const { tenant, userIds } = req
      const offset = Number(decodePageToken(req.pageToken, 1)?.[0] ?? 0)
      const question = { userIds, offset, limit: RECORDS_A_PAGE }
      const records = await ctx.db.tx(tenant, (tx) => listPersonalRecords(tx, tenant, question), {
        readOnly: true,
      })
      const isFull = records.length === RECORDS_A_PAGE
      const nextPageToken = isFull ? encodePageToken([String(offset + RECORDS_A_PAGE)]) : ''
      return create(ExportPersonalDataResponseSchema, { records, nextPageToken })
    },

    /** Nothing personal stays. */
    erasePersonalData: async (
      req: ErasePersonalDataRequest,
    ): Promise<ErasePersonalDataResponse> => {
      const { tenant, userIds } = req
      const erase = ctx.db.tx(tenant, (tx) => eraseCarts(tx, tenant, userIds), { retry: RETRY })
      return create(ErasePersonalDataResponseSchema, { erasedCount: BigInt(await erase) })
    },
  }
}
