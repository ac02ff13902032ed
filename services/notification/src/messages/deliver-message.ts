import type { Tx } from '@purser/postgres'
import type { NotificationContext } from '../context.ts'
import { openContent, type SecretContent } from '../credentials/sealed-content.ts'
import { beginDelivery, endDelivery } from '../domain/delivery.ts'
import { headerText } from '../domain/header-text.ts'
import type { AttemptOutcome, Message } from '../domain/message.ts'
import { redact } from '../domain/redact.ts'
import { isBounce, outcomeOfFailure } from '../domain/smtp-answer.ts'
import type { HandOver } from '../mail/mailer.ts'
import { endAttempt, insertAttempt } from '../store/delivery-attempt.ts'
import { lockMessage, updateMessage } from '../store/message.ts'
import { findSuppression, insertSuppression } from '../store/suppression.ts'
import { deliveryJob } from './delivery-job.ts'

/** How long an operator can try a failed message again that has secrets. */
const KEEP_SECRETS_HOURS = 24

const LONGEST_REPLY = 500

/**
 * Makes one attempt to deliver a message and adds the next when the mail server could not take it now. A message that is sent or
 * failed is left alone. Throws when `signal` is aborted: nobody knows then whether the server took the mail.
 */
export async function deliverMessage(
  ctx: NotificationContext,
  tenant: string,
  messageId: string,
  signal: AbortSignal,
): Promise<void> {
  const begun = await ctx.db.tx(tenant, (tx) => begin(ctx, tx, tenant, messageId))
  if (begun === undefined) return
  const { message, content } = begun
  const handOver = await ctx.mail.send(
    {
      messageId,
      date: message.createdAt,
      from: { name: message.senderName, address: ctx.mailFrom },
      to: { name: message.recipientName, address: message.recipientEmail },
      replyTo: message.replyTo,
      ...content,
    },
    signal,
  )
  await ctx.db.tx(tenant, (tx) => end(ctx, tx, tenant, { ...begun, handOver }))
}

type Begun = { message: Message; content: SecretContent }

async function begin(
  ctx: NotificationContext,
  tx: Tx,
  tenant: string,
  messageId: string,
): Promise<Begun | undefined> {
  const locked = await lockMessage(tx, tenant, messageId)
  if (locked === undefined) return undefined
  const { recipientEmail, content } = locked.message
  const suppressed = (await findSuppression(tx, tenant, recipientEmail)) !== undefined
  const step = beginDelivery(locked.message, { now: nowOf(ctx), suppressed })
  if (step === undefined) return undefined
  const { message, lost, attempt } = step
  if (lost !== undefined) {
    const replyText = 'the process ended before it knew the answer'
    const ended = { number: lost, outcome: 'unknown', smtpCode: undefined, replyText } as const
    await endAttempt(tx, tenant, messageId, ended)
  }
  if (attempt !== undefined) await insertAttempt(tx, tenant, messageId, attempt)
  await updateMessage(tx, tenant, message)
  if (message.state === 'failed') {
    await forgetSecretsLater(ctx, tx, tenant, message)
    return undefined
  }
  const { sealedContent } = locked
  if (sealedContent === undefined) return { message, content: { ...content, secrets: [] } }
  const owner = { tenantId: tenant, messageId }
  return { message, content: openContent(ctx.secret, owner, sealedContent) }
}

async function end(
  ctx: NotificationContext,
  tx: Tx,
  tenant: string,
  {
    message: { messageId, attemptCount: number },
    content,
    handOver,
  }: Begun & { handOver: HandOver },
): Promise<void> {
  const locked = await lockMessage(tx, tenant, messageId)
  if (locked === undefined) return
  const now = nowOf(ctx)
  const outcome: AttemptOutcome = handOver.accepted ? 'accepted' : outcomeOfFailure(handOver)
  // Servers like to quote what they refuse.
  const replyText = redact(headerText(handOver.text), content.secrets).slice(0, LONGEST_REPLY)
  await endAttempt(tx, tenant, messageId, { number, outcome, smtpCode: handOver.code, replyText })
  const times = { now, firstDelayMs: ctx.firstDelayMs }
  const message = endDelivery(locked.message, { number, outcome }, times)
  await updateMessage(tx, tenant, message)
  if (!handOver.accepted && isBounce(handOver)) {
    const bounced = { email: message.recipientEmail, reason: 'bounced', createdAt: now } as const
    await insertSuppression(tx, tenant, bounced)
  }
  if (message.state === 'failed') await forgetSecretsLater(ctx, tx, tenant, message)
  if (message.state === 'retrying') {
    await ctx.addJob(tx, 'deliver', ...deliveryJob(tenant, messageId, message.nextAttemptAt))
  }
}

async function forgetSecretsLater(
  ctx: NotificationContext,
  tx: Tx,
  tenant: string,
  { messageId, attemptCount, redacted }: Message,
): Promise<void> {
  if (!redacted) return
  const runAt = nowOf(ctx).add({ hours: KEEP_SECRETS_HOURS })
  const jobKey = `forget-secrets/${tenant}/${messageId}`
  await ctx.addJob(tx, 'forget-secrets', { tenant, messageId, attemptCount }, { runAt, jobKey })
}

function nowOf(ctx: NotificationContext): Temporal.Instant {
  return ctx.clock.now().round('microsecond')
}
