import { statement, type Tx } from '@purser/postgres'
import type { PersonalRecord } from '../domain/privacy.ts'

/** How far a service has told what it holds; `nextPageToken` is undefined after its last page. */
export type Collected = { service: string; pageCount: number; nextPageToken: string | undefined }

const insertPageStatement = statement(
  'user.insert_personal_export_page',
  `insert into personal_export_page (
     tenant_id, export_id, service, page_number, records, next_page_token
   )
   values ($1, $2, $3, $4::integer, $5::json, $6)
   on conflict (tenant_id, export_id, service, page_number) do nothing`,
)

/** Stores a page; one that is there stays as it is. */
export async function insertPage(
  tx: Tx,
  tenantId: string,
  page: {
    exportId: string
    service: string
    pageNumber: number
    records: readonly PersonalRecord[]
    nextPageToken: string | undefined
  },
): Promise<void> {
  const { exportId, service, pageNumber, records, nextPageToken } = page
  // The records are JSON texts already: they are put together, not encoded again.
  const texts = records.map(({ kind, json }) => `{"kind":${JSON.stringify(kind)},"record":${json}}`)
  const json = `[${texts.join(',')}]`
  await tx.execute(insertPageStatement, [
    tenantId,
    exportId,
    service,
    pageNumber,
    json,
    nextPageToken,
  ])
}

const listCollectedStatement = statement(
  'user.list_collected_pages',
  `select distinct on (service) service, page_number, next_page_token
   from personal_export_page
   where tenant_id = $1
     and export_id = $2
   order by service, page_number desc`,
)

/** How far each service has come that has told anything, by name. Takes no lock. */
export async function listCollected(
  tx: Tx,
  tenantId: string,
  exportId: string,
): Promise<Collected[]> {
  const rows = await tx.query<{
    service: string
    page_number: number
    next_page_token: string | null
  }>(listCollectedStatement, [tenantId, exportId])
  return rows.map((row) => ({
    service: row.service,
    pageCount: row.page_number,
    nextPageToken: row.next_page_token ?? undefined,
  }))
}

const listRecordsStatement = statement(
  'user.list_exported_records',
  `select page.service, item.value ->> 'kind' as kind, (item.value -> 'record')::text as record
   from personal_export_page as page
   cross join lateral json_array_elements(page.records) with ordinality as item(value, position)
   where page.tenant_id = $1
     and page.export_id = $2
   order by page.service, page.page_number, item.position`,
)

/** All that was collected, by service and in the order in which it was told. Takes no lock. */
export async function listRecords(
  tx: Tx,
  tenantId: string,
  exportId: string,
): Promise<(PersonalRecord & { service: string })[]> {
  const rows = await tx.query<{ service: string; kind: string; record: string }>(
    listRecordsStatement,
    [tenantId, exportId],
  )
  return rows.map(({ record, ...row }) => ({ ...row, json: record }))
}
