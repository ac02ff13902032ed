import type { Client } from '@connectrpc/connect'
import type { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { asService, fromProtoTimestamp } from '@purser/rpc'
import type { KeptData, PersonalRecord, PrivacyScope } from '../domain/privacy.ts'

/** Whose data is meant, in the terms of every service; e-mail addresses in lower case. */
export type PrivacyQuestion = PrivacyScope & { tenant: string; emails: readonly string[] }

/** A service that holds data about people. */
export type PersonalDataHolder = {
  service: string
  /** One page of what it holds, after the one that answered `pageToken`; empty for the first. */
  exportPage(
    question: PrivacyQuestion,
    pageToken: string,
    signal: AbortSignal,
  ): Promise<{ records: PersonalRecord[]; nextPageToken: string | undefined }>
  /** Erases a bounded part; `more` asks to be called again. Repeating it is harmless. */
  erase(
    question: PrivacyQuestion,
    signal: AbortSignal,
  ): Promise<{ erasedCount: number; kept: KeptData[]; more: boolean }>
}

/** The two methods that every such service has in its contract, all with the same messages. */
export type PersonalDataClient = Pick<
  Client<typeof InvoicingService>,
  'exportPersonalData' | 'erasePersonalData'
>

/** The holder behind a service's contract. */
export function remoteHolder(service: string, client: PersonalDataClient): PersonalDataHolder {
  const request = ({ tenant, userIds, accountIds, emails }: PrivacyQuestion) => ({
    tenant,
    userIds: [...userIds],
    accountIds: [...accountIds],
    emails: [...emails],
  })
  return {
    service,
    exportPage: async (question, pageToken, signal) => {
      const options = asService('user', question.tenant, { signal })
      const page = await client.exportPersonalData({ ...request(question), pageToken }, options)
      const records = page.records.map(({ kind, json }) => ({ kind, json }))
      return { records, nextPageToken: page.nextPageToken || undefined }
    },
    erase: async (question, signal) => {
      const options = asService('user', question.tenant, { signal })
      const { erasedCount, kept, more } = await client.erasePersonalData(request(question), options)
      return {
        erasedCount: Number(erasedCount),
        kept: kept.map(({ kind, count, reason, keepUntil }) => ({
          kind,
          count: Number(count),
          reason,
          keepUntil: keepUntil && fromProtoTimestamp(keepUntil),
        })),
        more,
      }
    },
  }
}
