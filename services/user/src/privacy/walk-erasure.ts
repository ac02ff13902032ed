import type { JobHandler } from '@purser/jobs'
import { isPurserError } from '@purser/kernel'
import { earliestDue, type Erasure } from '../domain/privacy.ts'
import type { UserTasks } from '../jobs/tasks.ts'
import { publishErasureCompleted } from '../privacy-events.ts'
import { completeErasure, findErasure, reopenErasure } from '../store/erasure.ts'
import { listSteps, putSteps, recordFailure, recordProgress } from '../store/erasure-step.ts'
import { listEmails } from '../store/privacy-subject.ts'
import type { PersonalDataHolder, PrivacyQuestion } from './holder.ts'
import type { PrivacyContext } from './privacy-context.ts'

type Payload = UserTasks['walk-erasure']

/**
 * Walks the services of an erasure, each step recorded with what it did: a job that died goes on
 * with the first step that is not done, and a step may be repeated. A step that fails says why and
 * is tried again with the job; the steps after it wait, so that this service, which knows whom to
 * look for, is the last to forget. When something that was kept is due, the walk is made again.
 */
export function walkErasure(ctx: PrivacyContext): JobHandler<Payload> {
  return async ({ payload, signal }) => {
    const found = await openWalk(ctx, payload)
    if (found === undefined) return
    const { erasure, emails, pending } = found
    const question = { ...erasure, tenant: payload.tenant, emails }
    for (const service of pending) {
      const holder = ctx.holders.find((candidate) => candidate.service === service)
      if (holder) await takeStep(ctx, holder, { question, erasureId: erasure.erasureId, signal })
    }
    await endWalk(ctx, payload.tenant, erasure)
  }
}

async function openWalk(ctx: PrivacyContext, { tenant, erasureId, isDue }: Payload) {
  return await ctx.db.tx(tenant, async (tx) => {
    if (isDue && (await reopenErasure(tx, tenant, erasureId))) {
      const services = ctx.holders.map(({ service }) => service)
      await putSteps(tx, tenant, { erasureId, services })
    }
    const erasure = await findErasure(tx, tenant, erasureId)
    if (erasure?.state !== 'running') return undefined
    const steps = await listSteps(tx, tenant, erasureId)
    const pending = steps.filter(({ state }) => state === 'pending').map(({ service }) => service)
    return { erasure, emails: await listEmails(tx, tenant, erasure), pending }
  })
}

type Step = { question: PrivacyQuestion; erasureId: string; signal: AbortSignal }

async function takeStep(
  ctx: PrivacyContext,
  holder: PersonalDataHolder,
  { question, erasureId, signal }: Step,
): Promise<void> {
  const { tenant } = question
  const { service } = holder
  try {
    for (let more = true; more; ) {
      signal.throwIfAborted()
      const done = await holder.erase(question, signal)
      more = done.more
      const completedAt = more ? undefined : ctx.clock.now().round('microsecond')
      const { erasedCount, kept } = done
      const progress = { erasureId, service, erasedCount, kept, completedAt }
      await ctx.db.tx(tenant, (tx) => recordProgress(tx, tenant, progress))
    }
  } catch (error) {
    const failureCode = isPurserError(error) ? error.code : 'platform.internal'
    const failure = { erasureId, service, failureCode }
    await ctx.db.tx(tenant, (tx) => recordFailure(tx, tenant, failure))
    throw error
  }
}

async function endWalk(ctx: PrivacyContext, tenant: string, erasure: Erasure): Promise<void> {
  const { erasureId } = erasure
  const completedAt = ctx.clock.now().round('microsecond')
  await ctx.db.tx(tenant, async (tx) => {
    if (!(await completeErasure(tx, tenant, { erasureId, completedAt }))) return
    await publishErasureCompleted(tx, tenant, { ...erasure, occurredAt: completedAt })
    const runAt = earliestDue(await listSteps(tx, tenant, erasureId))
    if (runAt === undefined) return
    const jobKey = `walk-erasure-due/${tenant}/${erasureId}`
    await ctx.addJob(tx, 'walk-erasure', { tenant, erasureId, isDue: true }, { jobKey, runAt })
  })
}
