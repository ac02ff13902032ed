import { getEventListeners } from 'node:events'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { PurserError } from '@purser/kernel'
import { expect, test } from 'vitest'
import { UndeclaredService } from '../test-contract/gen/purser/testing/v1/testing_pb.js'
import { DirectContext, tellHeaders } from './direct-context.ts'

const method = UndeclaredService.method.forgotten

function openCall() {
  const controller = new AbortController()
  const context = new DirectContext(method, controller.signal, undefined, undefined, undefined)
  const listening = () => getEventListeners(controller.signal, 'abort').length
  return { controller, context, listening }
}

const never = new Promise<never>(() => undefined)
const left = new PurserError('request.canceled', 'left')

test('an abort ends a call that goes on, in the turn in which it began and later', async () => {
  const atOnce = openCall()
  const first = atOnce.context.race(never)
  atOnce.controller.abort(left)
  await expect(first).rejects.toBe(left)

  const later = openCall()
  const second = later.context.race(never)
  await nextTurn()
  later.controller.abort(left)
  await expect(second).rejects.toBe(left)
})

test('a call listens to the signal of its caller only while it waits', async () => {
  const { context, listening } = openCall()
  await context.race(Promise.resolve())
  await nextTurn()
  expect(listening()).toBe(0)
  const { promise, resolve } = Promise.withResolvers<string>()
  const waiting = context.race(promise)
  await nextTurn()
  expect(listening()).toBe(1)
  resolve('done')
  expect(await waiting).toBe('done')
  expect(listening()).toBe(0)
})

test('headers that are told and headers that are set are one answer, in any order', () => {
  const { context } = openCall()
  expect([...context.answeredPairs]).toEqual([])
  tellHeaders(context, { 'x-first': '1', 'x-second': '1' })
  tellHeaders(context, { 'x-second': '2' })
  expect([...context.answeredPairs]).toEqual([
    ['x-first', '1'],
    ['x-second', '2'],
  ])
  expect(context.answeredHeader.get('x-second')).toBe('2')
  context.responseHeader.set('x-third', '3')
  tellHeaders(context, { 'x-first': '4' })
  const all = [
    ['x-first', '4'],
    ['x-second', '2'],
    ['x-third', '3'],
  ]
  expect([...context.answeredPairs]).toEqual(all)
  expect([...context.answeredHeader]).toEqual(all)
})
