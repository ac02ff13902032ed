import { create } from '@bufbuild/protobuf'
import {
  type ErasePersonalDataRequest,
  type ErasePersonalDataResponse,
  ErasePersonalDataResponseSchema,
  type ExportPersonalDataRequest,
  type ExportPersonalDataResponse,
} from '@purser/contracts/common/v1/privacy'
import type { Tx } from '@purser/postgres'
import { answerPersonalRecords } from '@purser/rpc'
import type { CartContext } from '../context.ts'
import { eraseCarts, listPersonalRecords } from '../store/personal-data.ts'

/** An erasure may meet the person's own calls: a deadlock is tried again. */
const RETRY = { attempts: 3 }

/** What is held about people: their carts with their notes. A guest's cart names nobody. */
export function personalDataMethods(ctx: CartContext) {
  return {
    exportPersonalData: async (
      req: ExportPersonalDataRequest,
    ): Promise<ExportPersonalDataResponse> => {
      const { tenant, userIds } = req
      return await answerPersonalRecords(req, (page) => {
        const list = (tx: Tx) => listPersonalRecords(tx, tenant, { userIds, ...page })
        return ctx.db.tx(tenant, list, { readOnly: true })
      })
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
