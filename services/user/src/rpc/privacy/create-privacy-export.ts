import type { HandlerContext } from '@connectrpc/connect'
import type {
  CreateMyExportRequest,
  CreatePrivacyExportRequest,
  PrivacyExport,
} from '@purser/contracts/user/v1/privacy'
import { newId } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { principalOf } from '@purser/rpc'
import type { PersonalExport, PrivacySubject } from '../../domain/privacy.ts'
import type { PrivacyContext } from '../../privacy/privacy-context.ts'
import { resolveScope } from '../../privacy/resolve-scope.ts'
import { findOwnExport, insertExport } from '../../store/personal-export.ts'
import { findUser } from '../../store/tenant-user.ts'
import { requireUser } from '../get-user.ts'
import { lockPerson } from '../lock-person.ts'
import { requirePerson } from '../require-person.ts'
import { checkRoleOf } from '../role-to-give.ts'
import { fromProtoSubject, toProtoExport } from './convert-privacy.ts'

/** An export is kept for a week. */
const LIFETIME = Temporal.Duration.from({ hours: 7 * 24 })

/**
 * Begins to collect what is held about a person or an account. Throws `request.invalid`,
 * `resource.not_found`, `auth.permission_denied` for a person whose role exceeds the caller.
 */
export function createPrivacyExport(ctx: PrivacyContext) {
  return async (req: CreatePrivacyExportRequest, call: HandlerContext): Promise<PrivacyExport> => {
    const { tenant } = req
    const subject = fromProtoSubject(req)
    const held = principalOf(call).permissions
    return await ctx.db.tx(tenant, async (tx) => {
      const wanted = await newExport(ctx, tx, call, { tenant, subject })
      for (const userId of wanted.userIds) {
        const user = requireUser(await findUser(tx, tenant, userId), userId)
        await checkRoleOf(tx, tenant, { user, held, field: 'user_id' })
      }
      return await openExport(ctx, tx, tenant, wanted)
    })
  }
}

/**
 * Begins to collect what is held about the person who is signed in, unless a collection of theirs
 * is under way, which is answered then. Throws `resource.not_found`.
 */
export function createMyExport(ctx: PrivacyContext) {
  return async (_req: CreateMyExportRequest, call: HandlerContext): Promise<PrivacyExport> => {
    const person = requirePerson(call)
    const { tenant, userId } = person
    return await ctx.db.tx(tenant, async (tx) => {
      // Two requests at once: the second finds what the first one began.
      await lockPerson(tx, person)
      const wanted = await newExport(ctx, tx, call, {
        tenant,
        subject: { kind: 'user', id: userId },
      })
      const { requestedBy, requestedAt: now } = wanted
      const newest = await findOwnExport(tx, tenant, { userId, requestedBy, now })
      if (newest?.state === 'running') return toProtoExport(newest, [])
      return await openExport(ctx, tx, tenant, wanted)
    })
  }
}

async function newExport(
  ctx: PrivacyContext,
  tx: Tx,
  call: HandlerContext,
  { tenant, subject }: { tenant: string; subject: PrivacySubject },
): Promise<PersonalExport> {
  const { kind, id } = principalOf(call)
  const requestedAt = ctx.clock.now().round('microsecond')
  return {
    exportId: newId('exp'),
    subject,
    ...(await resolveScope(tx, tenant, subject)),
    state: 'running',
    requestedBy: `${kind}:${id}`,
    requestedAt,
    completedAt: undefined,
    expiresAt: requestedAt.add(LIFETIME),
  }
}

async function openExport(
  ctx: PrivacyContext,
  tx: Tx,
  tenant: string,
  wanted: PersonalExport,
): Promise<PrivacyExport> {
  const { exportId } = wanted
  await insertExport(tx, tenant, wanted)
  await ctx.addJob(tx, 'collect-export', { tenant, exportId })
  return toProtoExport(wanted, [])
}
