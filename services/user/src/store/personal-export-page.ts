import { statement, type Tx } from '@purser/postgres'
import type { CollectedPart, PersonalRecord } from '../domain/privacy.ts'

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

const listPartsStatement = statement(
  'user.list_collected_parts',
  `select page.service, item.value ->> 'kind' as kind, page.page_number
   from personal_export_page as page
   cross join lateral json_array_elements(page.records) with ordinality as item(value, position)
   where page.tenant_id = $1
     and page.export_id = $2
   group by page.service, page.page_number, item.value ->> 'kind'
   order by page.service, page.page_number, min(item.position)`,
)

/** Where everything lies that was collected, by service and in the order in which it was told. Takes no lock. */
export async function listParts(
  tx: Tx,
  tenantId: string,
  exportId: string,
): Promise<CollectedPart[]> {
  const rows = await tx.query<{ service: string; kind: string; page_number: number }>(
    listPartsStatement,
    [tenantId, exportId],
  )
  return rows.map(({ page_number: pageNumber, ...row }) => ({ ...row, pageNumber }))
}

const listRecordsStatement = statement(
  'user.list_collected_records',
  `select (item.value -> 'record')::text as record
   from personal_export_page as page
   cross join lateral json_array_elements(page.records) with ordinality as item(value, position)
   where page.tenant_id = $1
     and page.export_id = $2
     and page.service = $3
     and page.page_number = $4::integer
     and item.value ->> 'kind' = $5
   order by item.position`,
)

/** The records of a part as JSON texts, in the order in which they were told; empty once it was removed. Takes no lock. */
export async function listRecords(
  tx: Tx,
  tenantId: string,
  { exportId, service, pageNumber, kind }: CollectedPart & { exportId: string },
): Promise<string[]> {
  const place = [tenantId, exportId, service, pageNumber, kind]
  const rows = await tx.query<{ record: string }>(listRecordsStatement, place)
  return rows.map(({ record }) => record)
}
