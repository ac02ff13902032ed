import type { HandlerContext } from '@connectrpc/connect'
import type {
  GetMyExportRequest,
  GetPrivacyExportRequest,
  PrivacyExport,
} from '@purser/contracts/user/v1/privacy'
import { PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { principalOf } from '@purser/rpc'
import type { UserContext } from '../../context.ts'
import type { PersonalExport } from '../../domain/privacy.ts'
import { findExport, findOwnExport } from '../../store/personal-export.ts'
import { listCollected } from '../../store/personal-export-page.ts'
import { requirePerson } from '../require-person.ts'
import { toProtoExport } from './convert-privacy.ts'

/** Answers an export. Throws `resource.not_found`, also for one that has expired. */
export function getPrivacyExport(ctx: UserContext) {
  return async (req: GetPrivacyExportRequest): Promise<PrivacyExport> =>
    await readOnly(ctx, req.tenant, async (tx) => {
      return await describe(tx, req.tenant, await requireExport(ctx, tx, req))
    })
}

/** Answers the newest export that the person asked for. Throws `resource.not_found`. */
export function getMyExport(ctx: UserContext) {
  return async (_req: GetMyExportRequest, call: HandlerContext): Promise<PrivacyExport> => {
    const { tenant } = requirePerson(call)
    return await readOnly(ctx, tenant, async (tx) => {
      return await describe(tx, tenant, await requireOwnExport(ctx, tx, call))
    })
  }
}

function readOnly<T>(ctx: UserContext, tenant: string, work: (tx: Tx) => Promise<T>): Promise<T> {
  return ctx.db.tx(tenant, work, { readOnly: true })
}

/** Throws `resource.not_found`, also for an export that has expired. */
export async function requireExport(
  ctx: UserContext,
  tx: Tx,
  { tenant, exportId }: { tenant: string; exportId: string },
): Promise<PersonalExport> {
  const now = ctx.clock.now()
  const found = await findExport(tx, tenant, { exportId, now })
  if (found !== undefined) return found
  throw new PurserError('resource.not_found', `There is no export "${exportId}".`)
}

/** The newest export that the person who calls asked for. Throws `resource.not_found`. */
export async function requireOwnExport(
  ctx: UserContext,
  tx: Tx,
  call: HandlerContext,
): Promise<PersonalExport> {
  const { tenant, userId } = requirePerson(call)
  const { kind, id } = principalOf(call)
  const now = ctx.clock.now()
  const found = await findOwnExport(tx, tenant, { userId, requestedBy: `${kind}:${id}`, now })
  if (found !== undefined) return found
  throw new PurserError('resource.not_found', 'There is no export; ask for one first.')
}

async function describe(tx: Tx, tenant: string, found: PersonalExport): Promise<PrivacyExport> {
  const collected = await listCollected(tx, tenant, found.exportId)
  const done = collected.filter(({ nextPageToken }) => nextPageToken === undefined)
  return toProtoExport(
    found,
    done.map(({ service }) => service),
  )
}
