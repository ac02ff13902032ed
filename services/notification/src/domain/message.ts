/**
 * A message and its states.
 *
 *   queued → sending → sent
 *                    → retrying → sending …
 *                    → failed → queued (an operator tries again)
 *
 * `sending` is also where a process that died leaves a message; whoever finds it there tries again.
 */
export type MessageState = 'queued' | 'sending' | 'sent' | 'retrying' | 'failed'

/** What is written to a person: subject without line breaks, the same in plain text and HTML. */
export type Content = { subject: string; text: string; html: string }

/** One e-mail to one person. */
export type Message = {
  messageId: string
  /** Unique in the tenant. */
  dedupId: string
  templateKey: string
  /** In lower case. */
  recipientEmail: string
  recipientName: string
  senderName: string
  /** Empty when answers go nowhere. */
  replyTo: string
  /** With `REDACTED` in place of secrets. */
  content: Content
  /** Whether something is redacted in the content. */
  redacted: boolean
  state: MessageState
  /** Attempts that began. */
  attemptCount: number
  /** Attempts after which it fails. */
  attemptLimit: number
  /** Set while it is retrying. */
  nextAttemptAt: Temporal.Instant | undefined
  /** Set once it is sent. */
  sentAt: Temporal.Instant | undefined
  createdAt: Temporal.Instant
}

/** How an attempt ended; `unknown` when its process died in between. */
export type AttemptOutcome = 'accepted' | 'deferred' | 'refused' | 'suppressed' | 'unknown'

/** One attempt to deliver a message. */
export type DeliveryAttempt = {
  /** From 1. */
  number: number
  startedAt: Temporal.Instant
  /** Undefined while it is under way. */
  outcome: AttemptOutcome | undefined
  /** SMTP reply code; undefined without a reply. */
  smtpCode: number | undefined
  /** What the mail server said, or why there was no reply. */
  replyText: string
}

/** Stands where a secret was. */
export const REDACTED = '[redacted]'
