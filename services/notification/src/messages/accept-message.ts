import { randomBytes } from 'node:crypto'
import type { CallOptions } from '@connectrpc/connect'
import { assert, newId } from '@purser/kernel'
import type { NotificationContext } from '../context.ts'
import { type SecretContent, sealContent } from '../credentials/sealed-content.ts'
import { checkVariables, type Variables } from '../domain/check-variables.ts'
import { headerText } from '../domain/header-text.ts'
import { type Content, type Message, REDACTED } from '../domain/message.ts'
import { MAX_ATTEMPTS } from '../domain/retry-schedule.ts'
import type { Sender } from '../domain/sender.ts'
import { findMessageId, insertMessage } from '../store/message.ts'
import { findSender } from '../store/sender.ts'
import { deliveryJob } from './delivery-job.ts'

const READ = { readOnly: true, isSingle: true }

/** A mail that somebody wants to be sent. */
export type WantedMessage = {
  templateKey: string
  recipientEmail: string
  recipientName: string
  /** BCP 47 tag, or empty. */
  locale: string
  variables: Variables
  secretVariables: Variables
  dedupId: string
}

/**
 * Accepts a message: rendered now, delivered by a job that exists if and only if the message does. Answers the identifier of
 * the one message of its dedup id, whoever made it. Throws `notification.unknown_template`,
 * `notification.missing_variable`, `request.invalid`, `resource.not_found` for an unknown tenant.
 */
export async function acceptMessage(
  ctx: NotificationContext,
  tenant: string,
  wanted: WantedMessage,
  options: CallOptions,
): Promise<string> {
  const { dedupId, templateKey, locale } = wanted
  const known = await ctx.db.tx(tenant, (tx) => findMessageId(tx, tenant, dedupId), READ)
  if (known !== undefined) return known
  checkVariables(templateKey, ctx.templates.neededBy(templateKey, locale), wanted)
  const sender = await senderOf(ctx, tenant, options)
  const message = newMessage(ctx, wanted, sender)
  const sealed = sealSecrets(ctx, tenant, message, wanted)
  return await ctx.db.tx(tenant, async (tx) => {
    if (await insertMessage(tx, tenant, message, sealed)) {
      await ctx.addJob(tx, 'deliver', ...deliveryJob(tenant, message.messageId))
      return message.messageId
    }
    const first = await findMessageId(tx, tenant, dedupId)
    assert(first !== undefined, 'a message that kept another from being inserted is there')
    return first
  })
}

/** What the tenant set, its legal name where it set none. */
async function senderOf(
  ctx: NotificationContext,
  tenant: string,
  options: CallOptions,
): Promise<Sender> {
  const set = await ctx.db.tx(tenant, (tx) => findSender(tx, tenant), READ)
  if (set !== undefined && set.senderName !== '') return set
  const { legalName } = await ctx.clients.user.getTenant({ tenant }, options)
  return { senderName: headerText(legalName), replyTo: set?.replyTo ?? '' }
}

function newMessage(ctx: NotificationContext, wanted: WantedMessage, sender: Sender): Message {
  const redacted = Object.keys(wanted.secretVariables).length > 0
  return {
    messageId: newId('msg'),
    dedupId: wanted.dedupId,
    templateKey: wanted.templateKey,
    recipientEmail: wanted.recipientEmail.toLowerCase(),
    recipientName: headerText(wanted.recipientName),
    senderName: sender.senderName,
    replyTo: sender.replyTo,
    content: renderWith(ctx, wanted, sender, () => REDACTED),
    redacted,
    state: 'queued',
    attemptCount: 0,
    attemptLimit: MAX_ATTEMPTS,
    nextAttemptAt: undefined,
    sentAt: undefined,
    createdAt: ctx.clock.now().round('microsecond'),
  }
}

function sealSecrets(
  ctx: NotificationContext,
  tenantId: string,
  { messageId, redacted, ...sender }: Message,
  wanted: WantedMessage,
): Buffer | undefined {
  if (!redacted) return undefined
  const secrets = Object.values(wanted.secretVariables)
  const content: SecretContent = { ...renderWith(ctx, wanted, sender, (value) => value), secrets }
  const owner = { tenantId, messageId }
  return sealContent(ctx.secret, owner, { content, nonce: randomBytes(12) })
}

function renderWith(
  ctx: NotificationContext,
  { templateKey, locale, recipientName, variables, secretVariables }: WantedMessage,
  { senderName }: Pick<Sender, 'senderName'>,
  show: (secret: string) => string,
): Content {
  const secrets = Object.entries(secretVariables).map(([name, value]) => [name, show(value)])
  return ctx.templates.render(templateKey, locale, {
    senderName,
    recipientName,
    variables: { ...variables, ...Object.fromEntries(secrets) },
  })
}
