import fc from 'fast-check'
import { expect, test } from 'vitest'
import { beginDelivery, endDelivery, queueAgain } from './delivery.ts'
import type { AttemptOutcome, Message } from './message.ts'
import { FIRST_DELAY_MS, MAX_ATTEMPTS, retryDelayMs } from './retry-schedule.ts'

const now = Temporal.Instant.from('2026-02-15T12:00:00Z')
const times = { now, firstDelayMs: FIRST_DELAY_MS }

const queued: Message = {
  messageId: 'msg_1',
  dedupId: 'd',
  templateKey: 'invitation',
  recipientEmail: 'ann@example.com',
  recipientName: 'Ann',
  senderName: 'Acme',
  replyTo: '',
  content: { subject: 's', text: 't', html: 'h' },
  redacted: false,
  state: 'queued',
  attemptCount: 0,
  attemptLimit: MAX_ATTEMPTS,
  nextAttemptAt: undefined,
  sentAt: undefined,
  createdAt: now,
}

function begun(message: Message): Message {
  return beginDelivery(message, { now, suppressed: false })?.message ?? message
}

test('the delays double from ten seconds and are never longer than an hour', () => {
  const delays = Array.from({ length: 9 }, (_, index) => retryDelayMs(index + 1, FIRST_DELAY_MS))
  expect(delays.slice(0, 4)).toEqual([10_000, 20_000, 40_000, 80_000])
  expect(delays.reduce((sum, delay) => sum + delay, 0) / 60_000).toBeCloseTo(85.2, 1)
  expect(retryDelayMs(30, FIRST_DELAY_MS)).toBe(3_600_000)
})

test('a deferred attempt is followed by the next after its delay', () => {
  const end = { number: 1, outcome: 'deferred' } as const
  const message = endDelivery(begun(queued), end, times)
  expect(message).toMatchObject({ state: 'retrying', attemptCount: 1 })
  expect(message.nextAttemptAt?.toString()).toBe('2026-02-15T12:00:10Z')
})

test('an attempt that ends after the next one began counts only when the mail was accepted', () => {
  const second = begun(begun(queued))
  expect(second.attemptCount).toBe(2)
  expect(endDelivery(second, { number: 1, outcome: 'refused' }, times)).toBe(second)
  expect(endDelivery(second, { number: 1, outcome: 'deferred' }, times)).toBe(second)
  const sent = endDelivery(second, { number: 1, outcome: 'accepted' }, times)
  expect(sent).toMatchObject({ state: 'sent', sentAt: now })
  expect(endDelivery(sent, { number: 2, outcome: 'deferred' }, times)).toBe(sent)
})

test('a suppressed address ends the message at once', () => {
  const step = beginDelivery(queued, { now, suppressed: true })
  expect(step?.message).toMatchObject({ state: 'failed', attemptCount: 1 })
  expect(step?.attempt?.outcome).toBe('suppressed')
})

type Command = 'begin' | 'suppressed' | 'crash' | AttemptOutcome | 'again'

const commands: Command[] = ['begin', 'crash', 'accepted', 'deferred', 'refused', 'again']

function apply(message: Message, command: Command): Message {
  if (command === 'again') return queueAgain(message)
  if (command === 'begin') return begun(message)
  if (command === 'crash') return message
  const outcome = command as AttemptOutcome
  return endDelivery(message, { number: message.attemptCount, outcome }, times)
}

const moves: Record<Message['state'], readonly Message['state'][]> = {
  queued: ['queued', 'sending', 'sent', 'failed'],
  sending: ['sending', 'sent', 'retrying', 'failed'],
  retrying: ['retrying', 'sending', 'sent', 'failed'],
  sent: ['sent'],
  failed: ['failed', 'queued', 'sent'],
}

test('whatever happens, only known moves are made and no attempt is beyond its limit', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...commands), { maxLength: 60 }), (history) => {
      let message = queued
      for (const command of history) {
        const next = apply(message, command)
        expect(moves[message.state]).toContain(next.state)
        expect(next.attemptCount).toBeGreaterThanOrEqual(message.attemptCount)
        expect(next.attemptCount).toBeLessThanOrEqual(next.attemptLimit)
        expect(next.state === 'retrying').toBe(next.nextAttemptAt !== undefined)
        expect(next.state === 'sent').toBe(next.sentAt !== undefined)
        message = next
      }
    }),
  )
})

test('crashes use up attempts too: the message fails in the end', () => {
  let message = queued
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) message = begun(message)
  expect(message.state).toBe('sending')
  const step = beginDelivery(message, { now, suppressed: false })
  expect(step).toMatchObject({ message: { state: 'failed' }, lost: MAX_ATTEMPTS })
  expect(step?.attempt).toBeUndefined()
  expect(
    beginDelivery(queueAgain(step?.message ?? message), { now, suppressed: false })?.message,
  ).toMatchObject({ state: 'sending', attemptCount: MAX_ATTEMPTS + 1 })
})
