import { create } from '@bufbuild/protobuf'
import {
  type ErasePersonalDataRequest,
  type ErasePersonalDataResponse,
  ErasePersonalDataResponseSchema,
  type ExportPersonalDataRequest,
  type ExportPersonalDataResponse,
} from '@purser/contracts/common/v1/privacy'
import type { Tx } from '@purser/postgres'
import { answerPersonalRecords, toProtoTimestamp } from '@purser/rpc'
import type { OrderContext } from '../context.ts'
import {
  countKept,
  eraseContacts,
  listPersonalRecords,
  type Subjects,
} from '../store/personal-data.ts'

/** An order has arrived, or never does, long before. */
const LONGEST_WAY_HOURS = 90 * 24

const underWay = 'orders under way with name and address'
const needed = 'They have to arrive; erased once they did, after 90 days in any case.'
const derived = 'Books are kept by law; they name person and account by their identifiers alone.'

/** What is held about people: their orders. A checkout forgets what it was told when it ends. */
export function personalDataMethods(ctx: OrderContext) {
  return {
    exportPersonalData: async (
      req: ExportPersonalDataRequest,
    ): Promise<ExportPersonalDataResponse> => {
      const { tenant } = req
      return await answerPersonalRecords(req, async (page) => {
        const list = (tx: Tx) => listPersonalRecords(tx, tenant, subjectsOf(req), page)
        const found = await ctx.db.tx(tenant, list, { readOnly: true })
        return found.map((json) => ({ kind: 'orders', json }))
      })
    },

    /** Orders under way keep their address until they arrived, 90 days at the most. */
    erasePersonalData: async (
      req: ErasePersonalDataRequest,
    ): Promise<ErasePersonalDataResponse> => {
      const { tenant } = req
      const subjects = subjectsOf(req)
      const now = ctx.clock.now().round('microsecond')
      const before = now.subtract({ hours: LONGEST_WAY_HOURS })
      const [erased, kept] = await ctx.db.tx(tenant, async (tx) => [
        await eraseContacts(tx, tenant, subjects, before),
        await countKept(tx, tenant, subjects),
      ])
      const end = kept.newest?.add({ hours: LONGEST_WAY_HOURS, seconds: 1 })
      const keepUntil = end && toProtoTimestamp(end)
      const count = kept.underWay
      return create(ErasePersonalDataResponseSchema, {
        erasedCount: BigInt(erased),
        kept: [
          ...(keepUntil ? [{ kind: underWay, count, reason: needed, keepUntil }] : []),
          ...(kept.nameless > 0n
            ? [{ kind: 'orders without a name', count: kept.nameless, reason: derived }]
            : []),
        ],
      })
    },
  }
}

function subjectsOf({
  userIds,
  accountIds,
  emails,
}: ExportPersonalDataRequest | ErasePersonalDataRequest): Subjects {
  return { userIds, accountIds, emails: emails.map((email) => email.toLowerCase()) }
}
