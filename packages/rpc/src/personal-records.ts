import { create } from '@bufbuild/protobuf'
import {
  type ExportPersonalDataRequest,
  type ExportPersonalDataResponse,
  ExportPersonalDataResponseSchema,
} from '@purser/contracts/common/v1/privacy'
import { decodePageToken, encodePageToken } from './page-token.ts'

const RECORDS_A_PAGE = 500

/**
 * Answers a page of what a service holds about people: up to 500 records, each with its kind and its
 * fields as JSON. `read` passes over `offset` of them, in an order that stays, and answers up to
 * `limit`. Throws `request.invalid` for a token of something else.
 */
export async function answerPersonalRecords(
  { pageToken }: ExportPersonalDataRequest,
  read: (page: { offset: number; limit: number }) => Promise<{ kind: string; json: string }[]>,
): Promise<ExportPersonalDataResponse> {
  const offset = Number(decodePageToken(pageToken, 1)?.[0] ?? 0)
  const records = await read({ offset, limit: RECORDS_A_PAGE })
  const isFull = records.length === RECORDS_A_PAGE
  const nextPageToken = isFull ? encodePageToken([String(offset + RECORDS_A_PAGE)]) : ''
  return create(ExportPersonalDataResponseSchema, { records, nextPageToken })
}
