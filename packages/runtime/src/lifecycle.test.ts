import { expect, test } from 'vitest'
import { type Component, processSignal, runComponents, startComponents } from './lifecycle.ts'
import { silentLogger } from './logger.ts'

function recorder() {
  const events: string[] = []
  const component = (name: string, overrides: Partial<Component> = {}): Component => ({
    name,
    start: async () => void events.push(`start ${name}`),
    drain: async () => void events.push(`drain ${name}`),
    stop: async () => void events.push(`stop ${name}`),
    ...overrides,
  })
  return { events, component }
}

const never = () => new Promise<void>(() => undefined)

function options(signal = new AbortController().signal) {
  return { log: silentLogger, signal, stopTimeoutMs: 20 }
}

test('starts in order, on the signal drains all, then stops in reverse', async () => {
  const { events, component } = recorder()
  const controller = new AbortController()
  await runComponents([component('a'), component('b')], {
    ...options(controller.signal),
    onStarted: () => {
      events.push('started')
      controller.abort()
    },
  })
  expect(events).toEqual([
    'start a',
    'start b',
    'started',
    'drain a',
    'drain b',
    'stop b',
    'stop a',
  ])
})

test('a failing start stops what was started and is thrown', async () => {
  const { events, component } = recorder()
  const broken = component('b', { start: () => Promise.reject(new Error('port taken')) })
  const start = startComponents([component('a'), broken, component('c')], options())
  await expect(start).rejects.toThrow('port taken')
  expect(events).toEqual(['start a', 'stop a'])
})

test('lanes start at once, each in order, and stop in reverse of how they started', async () => {
  const { events, component } = recorder()
  const second = Promise.withResolvers<void>()
  const waits = component('a1', {
    start: async () => {
      await second.promise
      events.push('start a1')
    },
  })
  const opens = component('b1', { start: async () => second.resolve() })
  const lanes = { sideBySide: [[waits, component('a2')], [opens]] }
  const running = await startComponents([lanes, component('c')], options())
  await running.stop()
  expect(events.filter((event) => event.startsWith('start'))).toEqual([
    'start a1',
    'start a2',
    'start c',
  ])
  expect(events.filter((event) => event.startsWith('stop'))).toEqual([
    'stop c',
    'stop a2',
    'stop a1',
    'stop b1',
  ])
})

test('a lane that fails stops what the others started, and is thrown', async () => {
  const { events, component } = recorder()
  const broken = component('b', { start: () => Promise.reject(new Error('port taken')) })
  const lanes = { sideBySide: [[broken, component('b2')], [component('a')]] }
  const start = startComponents([lanes, component('c')], options())
  await expect(start).rejects.toThrow('port taken')
  expect(events).toEqual(['start a', 'stop a'])
})

test('a signal during the start-up ends it in order and without an error', async () => {
  const { events, component } = recorder()
  const controller = new AbortController()
  const first = component('a', {
    start: async () => {
      events.push('start a')
      controller.abort(new Error('received SIGTERM'))
    },
  })
  await runComponents([first, component('b')], options(controller.signal))
  expect(events).toEqual(['start a', 'stop a'])
})

test('a component that hangs is bounded and told, the others still stop', async () => {
  const { events, component } = recorder()
  const hangs = component('b', { drain: never, stop: never })
  const running = await startComponents([component('a'), hangs, component('c')], options())
  const stopping = running.stop()
  expect(running.stop()).toBe(stopping)
  const error = await stopping.catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(AggregateError)
  expect((error as AggregateError).errors.map(String)).toEqual([
    'Error: b did not drain within 20 ms',
    'Error: b did not stop within 20 ms',
  ])
  expect(events.slice(3)).toEqual(['drain a', 'drain c', 'stop c', 'stop a'])
})

test('only the first signal is caught', () => {
  const before = process.listenerCount('SIGTERM')
  const signal = processSignal()
  expect(process.listenerCount('SIGTERM')).toBe(before + 1)
  process.emit('SIGTERM', 'SIGTERM')
  expect(signal.reason).toEqual(new Error('received SIGTERM'))
  expect(process.listenerCount('SIGTERM')).toBe(before)
})
