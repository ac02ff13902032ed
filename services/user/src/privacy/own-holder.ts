import { decodePageToken, encodePageToken } from '@purser/rpc'
import type { UserContext } from '../context.ts'
import type { KeptData, PrivacyScope } from '../domain/privacy.ts'
import { erasePersonalRows } from '../store/personal-erasure.ts'
import { removeJobsOfPeople } from '../store/personal-job.ts'
import { listPersonalRecords } from '../store/personal-record.ts'
import type { PersonalDataHolder } from './holder.ts'

const RECORDS_A_PAGE = 500

/** What this service holds itself. */
export function ownHolder({ db, clock }: Pick<UserContext, 'db' | 'clock'>): PersonalDataHolder {
  return {
    service: 'user',
    exportPage: async ({ tenant, ...scope }, pageToken) => {
      const [kindIndex = '0', offset = '0'] = decodePageToken(pageToken, 2) ?? []
      const place = { kindIndex: Number(kindIndex), offset: Number(offset) }
      const question = { scope, place, limit: RECORDS_A_PAGE }
      const { records, next } = await db.tx(
        tenant,
        (tx) => listPersonalRecords(tx, tenant, question),
        { readOnly: true },
      )
      const nextPageToken = next && encodePageToken([String(next.kindIndex), String(next.offset)])
      return { records, nextPageToken }
    },
    erase: async ({ tenant, ...scope }) => {
      const erasedAt = clock.now().round('microsecond')
      const erasedCount = await db.tx(tenant, async (tx) => {
        const jobs = await removeJobsOfPeople(tx, tenant, scope)
        return jobs + (await erasePersonalRows(tx, tenant, scope, erasedAt))
      })
      return { erasedCount, kept: tombstones(scope), more: false }
    },
  }
}

function tombstones({ userIds, accountIds }: PrivacyScope): KeptData[] {
  const reason =
    'The identifier alone stays, because invoices, usage and the audit log refer to it.'
  const kept = [
    { kind: 'identifiers of people', count: userIds.length },
    { kind: 'identifiers of accounts', count: accountIds.length },
  ]
  return kept
    .filter(({ count }) => count > 0)
    .map((each) => ({ ...each, reason, keepUntil: undefined }))
}
