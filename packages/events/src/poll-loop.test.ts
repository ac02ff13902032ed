import { silentLogger } from '@purser/runtime'
import { expect, test } from 'vitest'
import { PollLoop } from './poll-loop.ts'

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** A loop whose steps are answered by the test, one after the other; its pauses never end alone. */
function controlled() {
  const steps: PromiseWithResolvers<boolean>[] = []
  const loop = new PollLoop({
    name: 'test',
    log: silentLogger,
    intervalMs: 2 ** 30,
    step: () => {
      const step = Promise.withResolvers<boolean>()
      steps.push(step)
      return step.promise
    },
  })
  return { loop, steps }
}

test('goes on at once while there is more, pauses when there is not', async () => {
  const { loop, steps } = controlled()
  loop.start()
  steps[0]?.resolve(true)
  await turn()
  expect(steps.length).toBe(2)
  steps[1]?.resolve(false)
  await turn()
  expect(steps.length).toBe(2)
  await loop.stop()
})

test('wake ends a pause; during a step it makes another one follow', async () => {
  const { loop, steps } = controlled()
  loop.start()
  steps[0]?.resolve(false)
  await turn()
  loop.wake()
  await turn()
  expect(steps.length).toBe(2)
  loop.wake()
  steps[1]?.resolve(false)
  await turn()
  expect(steps.length).toBe(3)
  steps[2]?.resolve(false)
  await turn()
  expect(steps.length).toBe(3)
  await loop.stop()
})

test('a failing step is repeated after a pause', async () => {
  const { loop, steps } = controlled()
  loop.start()
  steps[0]?.reject(new Error('no database'))
  await turn()
  expect(steps.length).toBe(1)
  loop.wake()
  await turn()
  expect(steps.length).toBe(2)
  steps[1]?.resolve(false)
  await loop.stop()
})

test('stop waits for the step under way and begins no other', async () => {
  const { loop, steps } = controlled()
  loop.start()
  let stopped = false
  const stopping = loop.stop().then(() => {
    stopped = true
  })
  await turn()
  expect(stopped).toBe(false)
  steps[0]?.resolve(true)
  await stopping
  expect(steps.length).toBe(1)
})
