import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import {
  type ImportProductsRequest,
  type ImportProductsResponse,
  ImportProductsResponseSchema,
} from '@purser/contracts/catalog/v1/catalog'
import { recordAct, recordsItself } from '@purser/idempotency'
import { PurserError } from '@purser/kernel'
import { isUniqueViolation, type Tx } from '@purser/postgres'
import type { CatalogContext } from '../context.ts'
import { CsvReader } from '../csv/csv-reader.ts'
import { type ImportedBatch, importBatch } from '../csv/import-batch.ts'
import { ImportReport } from '../csv/import-report.ts'
import { ImportSession, type StoreBatch } from '../csv/import-session.ts'

/**
 * Takes a file of products in pieces, in bounded memory, and answers after the last commit. Throws
 * `request.unsupported_media_type`, and `request.invalid` for a first line that names no columns.
 */
export function importProducts(ctx: CatalogContext) {
  return recordsItself(
    async (
      requests: AsyncIterable<ImportProductsRequest>,
      call: HandlerContext,
    ): Promise<ImportProductsResponse> => {
      const iterator = requests[Symbol.asyncIterator]()
      const first = await iterator.next()
      if (first.done) throw new PurserError('request.invalid', 'Send at least one piece of a file.')
      const { tenant, body } = first.value
      requireCsv(body?.contentType ?? '')
      const session = new ImportSession(storeOf(ctx, tenant, call))
      const reader = new CsvReader((record) => session.take(record))
      const decoder = new TextDecoder()
      for await (const piece of piecesOf(first.value, iterator)) {
        reader.push(decoder.decode(piece, { stream: true }))
        await session.ready()
      }
      reader.push(decoder.decode())
      reader.end()
      await session.finish()
      const { createdCount, updatedCount, unchangedCount, rejectedCount, rejections } =
        session.report
      return create(ImportProductsResponseSchema, {
        createdCount: BigInt(createdCount),
        updatedCount: BigInt(updatedCount),
        unchangedCount: BigInt(unchangedCount),
        rejectedCount: BigInt(rejectedCount),
        rejections: rejections.map((rejection) => ({ ...rejection, line: BigInt(rejection.line) })),
      })
    },
  )
}

function requireCsv(contentType: string): void {
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase()
  if (mediaType === 'text/csv') return
  throw new PurserError('request.unsupported_media_type', 'Send products as text/csv.')
}

/** The act is kept with the first batch that changes anything. */
function storeOf(ctx: CatalogContext, tenant: string, call: HandlerContext): StoreBatch {
  let isRecorded = false
  return async (products, columns, report) => {
    const now = ctx.clock.now({ tenantId: tenant }).round('microsecond')
    const store = async (tx: Tx) => {
      // Counted only when it is stored: what failed runs again.
      const refused = new ImportReport()
      const imported = await importBatch(tx, tenant, products, { columns, report: refused, now })
      if (isChange(imported) && !isRecorded)
        await recordAct(tx, call, { object: {}, occurredAt: now })
      return { imported, refused }
    }
    const { imported, refused } = await onceMore(() => ctx.db.tx(tenant, store, { retry }))
    isRecorded ||= isChange(imported)
    report.createdCount += imported.created.length
    report.updatedCount += imported.updated.length
    report.unchangedCount += imported.unchangedCount
    report.add(refused)
  }
}

/** Two files at once may name the same slugs and words in another order. */
const retry = { attempts: 5 }

const isChange = ({ created, updated }: ImportedBatch) => created.length + updated.length > 0

/** Another import may take a slug or a SKU in the same moment: it is known when the batch is read again. */
async function onceMore<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!isUniqueViolation(error, 'product_slug') && !isUniqueViolation(error, 'variant_sku'))
      throw error
    return await work()
  }
}

async function* piecesOf(
  first: ImportProductsRequest,
  rest: AsyncIterator<ImportProductsRequest>,
): AsyncGenerator<Uint8Array> {
  try {
    if (first.body) yield first.body.data
    for (let next = await rest.next(); !next.done; next = await rest.next()) {
      if (next.value.body) yield next.value.body.data
    }
  } finally {
    await rest.return?.()
  }
}
