import { create } from '@bufbuild/protobuf'
import type { HandlerContext } from '@connectrpc/connect'
import { type HttpBody, HttpBodySchema } from '@purser/contracts/google/api/httpbody'
import type {
  GetMyExportFileRequest,
  GetPrivacyExportFileRequest,
} from '@purser/contracts/user/v1/privacy'
import { recordAct, recordsItself } from '@purser/idempotency'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import type { UserContext } from '../../context.ts'
import type { CollectedPart, PersonalExport } from '../../domain/privacy.ts'
import { exportFile } from '../../privacy/export-file.ts'
import { listParts, listRecords } from '../../store/personal-export-page.ts'
import { requirePerson } from '../require-person.ts'
import { requireExport, requireOwnExport } from './get-privacy-export.ts'

/**
 * Answers a complete export as JSON, a page of what was collected at a time: the whole is held
 * nowhere. Throws `resource.not_found`, also for an export that expires meanwhile, and
 * `privacy.export_running`. The audit log has it once the first piece is sent.
 */
export function getPrivacyExportFile(ctx: UserContext) {
  return recordsItself((req: GetPrivacyExportFileRequest, call: HandlerContext) => {
    const { tenant, exportId } = req
    return piecesOf(ctx, tenant, async (tx) => {
      const found = await requireComplete(requireExport(ctx, tx, req))
      await recordAct(tx, call, { object: { export_id: exportId }, occurredAt: ctx.clock.now() })
      return found
    })
  })
}

/** As `getPrivacyExportFile`, of the newest export that the person asked for. */
export function getMyExportFile(ctx: UserContext) {
  return (_req: GetMyExportFileRequest, call: HandlerContext): AsyncIterable<HttpBody> =>
    piecesOf(ctx, requirePerson(call).tenant, (tx) =>
      requireComplete(requireOwnExport(ctx, tx, call)),
    )
}

async function* piecesOf(
  { db }: UserContext,
  tenant: string,
  find: (tx: Tx) => Promise<PersonalExport>,
): AsyncGenerator<HttpBody> {
  const { found, parts } = await db.tx(tenant, async (tx) => {
    const found = await find(tx)
    return { found, parts: await listParts(tx, tenant, found.exportId) }
  })
  const { exportId } = found
  const readOnly = { readOnly: true }
  const read = async (part: CollectedPart) => {
    const place = { exportId, ...part }
    const records = await db.tx(tenant, (tx) => listRecords(tx, tenant, place), readOnly)
    // A part has records: they were removed, and half a file is none.
    if (records.length === 0) throw new PurserError('resource.not_found', 'The export expired.')
    return records
  }
  let contentType = 'application/json; charset=utf-8'
  const encoder = new TextEncoder()
  for await (const text of exportFile(tenant, found, { parts, read })) {
    yield create(HttpBodySchema, { contentType, data: encoder.encode(text) })
    contentType = ''
  }
}

async function requireComplete(wanted: Promise<PersonalExport>): Promise<PersonalExport> {
  const found = await wanted
  if (found.state === 'completed') return found
  const message = 'The export is not complete yet; try again in a moment.'
  throw new PurserError('privacy.export_running', message)
}
