import type { AttemptOutcome, DeliveryAttempt, Message } from './message.ts'
import { MAX_ATTEMPTS, retryDelayMs } from './retry-schedule.ts'

/** What an attempt changes: the message, and the rows of its attempts. */
export type DeliveryStep = {
  message: Message
  /** The attempt before, when nobody told how it ended. */
  lost: number | undefined
  /** The attempt that begins, or that is over before it began. */
  attempt: DeliveryAttempt | undefined
}

/** The number of an attempt that nobody told the end of, if there is one. */
function lostAttempt({ state, attemptCount }: Message): number | undefined {
  return state === 'sending' ? attemptCount : undefined
}

/**
 * Begins the next attempt of a message: it is `sending` then, or `failed` when its address is suppressed or no attempt is left.
 * Undefined when there is nothing to do.
 */
export function beginDelivery(
  message: Message,
  { now, suppressed }: { now: Temporal.Instant; suppressed: boolean },
): DeliveryStep | undefined {
  if (message.state === 'sent' || message.state === 'failed') return undefined
  const lost = lostAttempt(message)
  if (message.attemptCount >= message.attemptLimit) {
    const failed: Message = { ...message, state: 'failed', nextAttemptAt: undefined }
    return { message: failed, lost, attempt: undefined }
  }
  const number = message.attemptCount + 1
  const state = suppressed ? 'failed' : 'sending'
  return {
    message: { ...message, state, attemptCount: number, nextAttemptAt: undefined },
    lost,
    attempt: {
      number,
      startedAt: now,
      outcome: suppressed ? 'suppressed' : undefined,
      smtpCode: undefined,
      replyText: suppressed ? 'the address is on the suppression list' : '',
    },
  }
}

/**
 * Ends an attempt of a message. A mail that was accepted is sent, whatever was thought of it since; any other end counts only
 * while the attempt is the newest and under way.
 */
export function endDelivery(
  message: Message,
  { number, outcome }: { number: number; outcome: AttemptOutcome },
  { now, firstDelayMs }: { now: Temporal.Instant; firstDelayMs: number },
): Message {
  if (message.state === 'sent') return message
  if (outcome === 'accepted') {
    return { ...message, state: 'sent', sentAt: now, nextAttemptAt: undefined }
  }
  if (message.state !== 'sending' || message.attemptCount !== number) return message
  const left = message.attemptLimit - message.attemptCount
  if (outcome === 'refused' || left === 0) return { ...message, state: 'failed' }
  const delayMs = retryDelayMs(MAX_ATTEMPTS - left, firstDelayMs)
  return { ...message, state: 'retrying', nextAttemptAt: now.add({ milliseconds: delayMs }) }
}

/** A failed message in the queue again, with all attempts before it; any other as it is. */
export function queueAgain(message: Message): Message {
  if (message.state !== 'failed') return message
  return { ...message, state: 'queued', attemptLimit: message.attemptCount + MAX_ATTEMPTS }
}
