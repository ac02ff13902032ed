import type { Database } from '@purser/postgres'
import { expect, test } from 'vitest'
import { InProcessBus, type Subscription } from './in-process-bus.ts'

function subscription(subject: string, consumer: string): Subscription {
  return { subject, consumer, database: {} as Database, handle: async () => {} }
}

test('finds the subscribers of a subject in the order of subscription', () => {
  const bus = new InProcessBus()
  const payment = subscription('invoice.ready', 'payment.collect')
  const mail = subscription('invoice.ready', 'notification.mail')
  const other = subscription('order.placed', 'notification.mail')
  for (const each of [payment, mail, other]) bus.subscribe(each)
  expect(bus.subscribersOf('invoice.ready')).toEqual([payment, mail])
  expect(bus.subscribersOf('invoice.read')).toEqual([])
  expect(bus.subjects()).toEqual(['invoice.ready', 'order.placed'])
  expect(bus.subscriptions()).toEqual([payment, mail, other])
})

test('refuses a second subscription of the same consumer to the same subject', () => {
  const bus = new InProcessBus()
  bus.subscribe(subscription('invoice.ready', 'payment.collect'))
  const again = subscription('invoice.ready', 'payment.collect')
  expect(() => bus.subscribe(again)).toThrow('subscribes to invoice.ready twice')
})

test('refuses a subscription after it was sealed: its events may be gone', () => {
  const bus = new InProcessBus()
  bus.seal()
  const late = subscription('invoice.ready', 'payment.collect')
  expect(() => bus.subscribe(late)).toThrow('after the relay has started')
})

test.each([0, -1, 1.5])('refuses the concurrency %d', (concurrency) => {
  const bus = new InProcessBus()
  const wrong = { ...subscription('invoice.ready', 'payment.collect'), concurrency }
  expect(() => bus.subscribe(wrong)).toThrow('integer from 1')
})
