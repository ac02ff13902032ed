import type { JobHandler } from '@purser/jobs'
import type { UserContext } from '../context.ts'
import { findUser } from '../store/tenant-user.ts'
import { sendMail } from './send-mail.ts'
import type { UserTasks } from './tasks.ts'

/** Tells a person that a credential changed, at the address that was theirs then. */
export function mailNotice(ctx: UserContext): JobHandler<UserTasks['mail-notice']> {
  return async ({ payload, signal }) => {
    const { tenant, userId, email, notice, noticeId, newEmail } = payload
    const user = await ctx.db.tx(tenant, (tx) => findUser(tx, tenant, userId), { readOnly: true })
    if (user === undefined) return
    const mail = {
      tenant,
      templateKey: notice,
      recipient: { ...user, email },
      variables: {
        time: inWords(Temporal.Instant.from(payload.occurredAt)),
        ...(newEmail === '' ? {} : { new_email: newEmail }),
      },
      secretVariables: {},
      dedupId: noticeId,
    }
    await sendMail(ctx, mail, signal)
  }
}

/** `2026-02-15 12:00 UTC`. */
function inWords(instant: Temporal.Instant): string {
  const text = instant.toString({ smallestUnit: 'minute' })
  return text.replace('T', ' ').replace('Z', ' UTC')
}
