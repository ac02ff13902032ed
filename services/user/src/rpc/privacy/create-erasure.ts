import type { HandlerContext } from '@connectrpc/connect'
import type { CreateErasureRequest, Erasure } from '@purser/contracts/user/v1/privacy'
import { newId, PurserError } from '@purser/kernel'
import type { Tx } from '@purser/postgres'
import { principalOf } from '@purser/rpc'
import { checkOwnerStays } from '../../domain/last-owner.ts'
import { checkAdminStays } from '../../domain/member.ts'
import type { PrivacyScope } from '../../domain/privacy.ts'
import type { PrivacyContext } from '../../privacy/privacy-context.ts'
import { resolveScope } from '../../privacy/resolve-scope.ts'
import { publishErasureRequested } from '../../privacy-events.ts'
import { putErasure } from '../../store/erasure.ts'
import { listSteps, putSteps } from '../../store/erasure-step.ts'
import { findMember, listAdmins, lockAccount } from '../../store/member.ts'
import { removeJobsOfPeople } from '../../store/personal-job.ts'
import { listEmails, listSharedAccounts } from '../../store/privacy-subject.ts'
import { lockOwnersAndUser } from '../../store/team-user.ts'
import { requireUser } from '../get-user.ts'
import { checkRoleOf } from '../role-to-give.ts'
import { revokeKeysMadeBy, shutOutPerson } from '../shut-out-person.ts'
import { fromProtoSubject, toProtoErasure } from './convert-privacy.ts'

/**
 * Begins to erase what is held about a person or an account: the person is shut out at once, and a
 * job walks the services. Asking again for the same subject walks again, under the same id. Throws,
 * in this order: `request.invalid`, `resource.not_found`, `account.in_use` while a subscription is
 * active, `auth.permission_denied` for a person whose role exceeds the caller, `user.last_owner`,
 * `account.last_admin` while others are in an account that the person alone administers.
 */
export function createErasure(ctx: PrivacyContext) {
  return async (req: CreateErasureRequest, call: HandlerContext): Promise<Erasure> => {
    const { tenant } = req
    const subject = fromProtoSubject(req)
    const scope = await ctx.db.tx(tenant, (tx) => resolveScope(tx, tenant, subject), {
      readOnly: true,
    })
    if (await ctx.hasActiveSubscription(tenant, scope.accountIds)) throw accountInUse()

    const requestedAt = ctx.clock.now().round('microsecond')
    const { kind, id, permissions } = principalOf(call)
    const wanted = { erasureId: newId('era'), subject, requestedBy: `${kind}:${id}`, requestedAt }
    const services = ctx.holders.map(({ service }) => service)
    return await ctx.db.tx(tenant, async (tx) => {
      await shutOut(tx, tenant, { scope, held: permissions, now: requestedAt })
      const erasure = await putErasure(tx, tenant, { ...wanted, ...scope })
      const { erasureId } = erasure
      await putSteps(tx, tenant, { erasureId, services })
      await publishErasureRequested(tx, tenant, { ...erasure, occurredAt: requestedAt })
      const jobKey = `walk-erasure/${tenant}/${erasureId}`
      await ctx.addJob(tx, 'walk-erasure', { tenant, erasureId, isDue: false }, { jobKey })
      return toProtoErasure(erasure, await listSteps(tx, tenant, erasureId))
    })
  }
}

type Leaving = { scope: PrivacyScope; held: readonly string[]; now: Temporal.Instant }

async function shutOut(tx: Tx, tenant: string, { scope, held, now }: Leaving): Promise<void> {
  for (const userId of scope.userIds) {
    const people = await lockOwnersAndUser(tx, tenant, userId)
    const user = requireUser(
      people.find((person) => person.userId === userId),
      userId,
    )
    await checkRoleOf(tx, tenant, { user, held, field: 'user_id' })
    checkOwnerStays(people, user)
    for (const accountId of await listSharedAccounts(tx, tenant, userId)) {
      await lockAccount(tx, tenant, accountId)
      const member = await findMember(tx, tenant, { accountId, userId })
      if (member) checkAdminStays(await listAdmins(tx, tenant, accountId), member)
    }
    if (user.status !== 'disabled') await shutOutPerson(tx, tenant, { userId, disabledAt: now })
    await revokeKeysMadeBy(tx, tenant, { userId, disabledAt: now })
  }
  // Before the walk, so that no mail is written to them after it.
  const { userIds } = scope
  await removeJobsOfPeople(tx, tenant, { userIds, emails: await listEmails(tx, tenant, scope) })
}

function accountInUse(): PurserError {
  const message = 'The account has an active subscription; cancel it first.'
  return new PurserError('account.in_use', message)
}
