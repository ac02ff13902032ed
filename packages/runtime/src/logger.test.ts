import { openSync, readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLogger, silentLogger } from './logger.ts'

function capture(level: 'debug' | 'info' | 'silent' = 'info', context?: () => object) {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = createLogger({ level, name: 'test', destination, ...(context && { context }) })
  return { log, lines, last: () => JSON.parse(lines.at(-1) ?? '{}') }
}

test('a line is JSON with level, time, name, fields and message', () => {
  const { log, last } = capture()
  log.info({ invoice: 'inv_1', amountMinor: 12n }, 'finalized')
  expect(last()).toMatchObject({
    level: 'info',
    name: 'test',
    invoice: 'inv_1',
    amountMinor: 12,
    msg: 'finalized',
  })
  expect(Date.parse(last().time)).not.toBeNaN()
})

test('lines below the level are not written', () => {
  const { log, lines } = capture('info')
  log.debug({}, 'quiet')
  expect(lines).toEqual([])
  capture('silent').log.error({}, 'quiet')
})

test('secrets are masked at any depth, in children too, without changing the caller object', () => {
  const { log, lines } = capture()
  const fields = {
    headers: { Authorization: 'Bearer leaked', 'x-api-key': 'leaked', host: 'kept' },
    users: [{ name: 'kept', password: 'leaked' }],
    api_key: 'leaked',
  }
  log.child({ apiKey: 'leaked' }).warn(fields, 'request')
  expect(lines.join()).not.toContain('leaked')
  expect(lines.join().match(/kept/g)).toHaveLength(2)
  expect(fields.headers.Authorization).toBe('Bearer leaked')
})

test('an error keeps its message, stack and cause', () => {
  const { log, last } = capture()
  log.error({ err: new Error('outer', { cause: new Error('inner') }) }, 'failed')
  expect(last().err).toMatchObject({ message: 'outer', cause: { message: 'inner' } })
  expect(last().err.stack).toContain('logger.test.ts')
})

test('the context is read at each line', () => {
  let traceId = 'a'
  const { log, last } = capture('info', () => ({ traceId }))
  log.info({}, 'one')
  expect(last().traceId).toBe('a')
  traceId = 'b'
  log.info({}, 'two')
  expect(last().traceId).toBe('b')
})

test('the silent logger accepts everything', () => {
  expect(() => silentLogger.child({}).error({ err: new Error('x') }, 'dropped')).not.toThrow()
})

test('lines to a file come in batches, an error and all before it at once', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'purser-log-')), 'log')
  // Stays open: the logger writes to it until the process exits.
  const fd = openSync(file, 'w')
  const log = createLogger({ level: 'info', name: 'test', fd })
  const written = () => readFileSync(file, 'utf8').split('\n').length - 1
  log.info({}, 'one')
  expect(written()).toBe(0)
  await expect.poll(written).toBe(1)
  log.info({}, 'two')
  log.error({}, 'three')
  expect(written()).toBe(3)
})
