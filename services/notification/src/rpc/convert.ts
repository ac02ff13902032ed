import { create } from '@bufbuild/protobuf'
import {
  AttemptOutcome as ProtoOutcome,
  type DeliveryAttempt as ProtoAttempt,
  DeliveryAttemptSchema,
  type Message as ProtoMessage,
  MessageSchema,
  MessageState as ProtoState,
} from '@purser/contracts/notification/v1/notification'
import { toProtoTimestamp } from '@purser/rpc'
import type { AttemptOutcome, DeliveryAttempt, Message, MessageState } from '../domain/message.ts'

const protoStates = {
  queued: ProtoState.QUEUED,
  sending: ProtoState.SENDING,
  sent: ProtoState.SENT,
  retrying: ProtoState.RETRYING,
  failed: ProtoState.FAILED,
} as const satisfies Record<MessageState, ProtoState>

const states = new Map(
  Object.entries(protoStates).map(([state, proto]) => [proto as ProtoState, state as MessageState]),
)

const protoOutcomes = {
  accepted: ProtoOutcome.ACCEPTED,
  deferred: ProtoOutcome.DEFERRED,
  refused: ProtoOutcome.REFUSED,
  suppressed: ProtoOutcome.SUPPRESSED,
  unknown: ProtoOutcome.UNKNOWN,
} as const satisfies Record<AttemptOutcome, ProtoOutcome>

/** The state that a request names; undefined when it names none. */
export function fromProtoState(state: ProtoState): MessageState | undefined {
  return states.get(state)
}

/** A message as lists show it: without content and attempts. */
export function toProtoMessage(message: Message): ProtoMessage {
  const { nextAttemptAt, sentAt } = message
  return create(MessageSchema, {
    messageId: message.messageId,
    templateKey: message.templateKey,
    recipientEmail: message.recipientEmail,
    recipientName: message.recipientName,
    state: protoStates[message.state],
    subject: message.content.subject,
    redacted: message.redacted,
    attemptCount: message.attemptCount,
    createTime: toProtoTimestamp(message.createdAt),
    dedupId: message.dedupId,
    ...(nextAttemptAt && { nextAttemptTime: toProtoTimestamp(nextAttemptAt) }),
    ...(sentAt && { sentTime: toProtoTimestamp(sentAt) }),
  })
}

/** A message with its content and its attempts. */
export function toProtoWholeMessage(
  message: Message,
  attempts: readonly DeliveryAttempt[],
): ProtoMessage {
  const { text, html } = message.content
  return { ...toProtoMessage(message), text, html, attempts: attempts.map(toProtoAttempt) }
}

function toProtoAttempt(attempt: DeliveryAttempt): ProtoAttempt {
  const { number, startedAt, outcome, smtpCode = 0, replyText } = attempt
  return create(DeliveryAttemptSchema, {
    number,
    time: toProtoTimestamp(startedAt),
    outcome: outcome === undefined ? ProtoOutcome.UNSPECIFIED : protoOutcomes[outcome],
    smtpCode,
    replyText,
  })
}
