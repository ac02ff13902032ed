import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { isPurserError } from '@purser/kernel'
import { expect, test } from 'vitest'
import { openThings } from '../test-contract/open-things.ts'

const echo = 'POST /purser.testing.v1.ThingService/Echo HTTP/1.1'

/**
 * Sends raw bytes piece by piece, ends its side, and answers all that came back until the close.
 */
async function exchange(port: number, pieces: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1')
  let received = ''
  socket.on('data', (chunk) => {
    received += chunk.toString('latin1')
  })
  const closed = once(socket, 'close')
  for (const piece of pieces) {
    socket.write(piece)
    await sleep(5)
  }
  socket.end()
  await closed
  return received
}

test('HTTP/1.1 that arrives byte by byte is recognized', async () => {
  const things = await openThings('direct')
  const body = '{"text":"hi"}'
  const request = [
    echo,
    'host: x',
    'content-type: application/json',
    `content-length: ${body.length}`,
    '',
    body,
  ].join('\r\n')
  const bytes = [...request.slice(0, 5), request.slice(5)]
  const answer = await exchange(things.server.port, bytes)
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK/)
  expect(answer).toContain('{"text":"hi"}')
  await things.close()
})

test('an HTTP/2 preface that arrives in pieces is answered with HTTP/2 settings', async () => {
  const things = await openThings('direct')
  const settings = '\0\0\0\x04\0\0\0\0\0'
  const pieces = ['PR', 'I * HTTP/2.0\r\n\r\nSM\r\n\r\n', settings]
  const answer = await exchange(things.server.port, pieces)
  expect(answer.charCodeAt(3)).toBe(4)
  await things.close()
})

test('a taken port is one clear line that names port and variable', async () => {
  const things = await openThings('direct')
  const { port } = things.server
  const listening = things.host.listen({ port, portVariable: 'THING_PORT' })
  const error = await listening.catch((reason: unknown) => reason)
  if (!isPurserError(error)) throw error
  expect(error.code).toBe('platform.unavailable')
  expect(error.message).toBe(
    `port ${port} is in use by another program: stop that program or set THING_PORT`,
  )
  await things.close()
})

test('closing lets a running stream finish and takes no new connection', async () => {
  const things = await openThings('connect')
  const { promise: go, resolve } = Promise.withResolvers<void>()
  async function* ask() {
    yield { text: 'one' }
    await go
    yield { text: 'two' }
  }
  const answers = things.client.converse(ask())[Symbol.asyncIterator]()
  expect((await answers.next()).value.text).toBe('one!')
  const closing = things.server.close({ timeoutMs: 10_000 })
  await expect(fetch(things.server.url)).rejects.toThrow()
  resolve()
  expect((await answers.next()).value.text).toBe('two!')
  expect((await answers.next()).done).toBe(true)
  await closing
})

test('a call that takes too long is aborted, told so, and cut', async () => {
  const things = await openThings('grpc')
  const waiting = things.client.wait({}).catch((reason: unknown) => reason)
  while (!(await started(things))) await sleep(5)
  await things.server.close({ timeoutMs: 20 })
  expect(things.events).toEqual(['wait ended'])
  const error = await waiting
  expect(isPurserError(error) && error.code).toBe('platform.unavailable')
})

test('an idle keep-alive connection does not delay closing', async () => {
  const things = await openThings('direct')
  const response = await fetch(`${things.server.url}/nowhere`)
  expect(response.status).toBe(404)
  await response.text()
  await things.server.close({ timeoutMs: 60_000 })
})

async function started(things: Awaited<ReturnType<typeof openThings>>): Promise<boolean> {
  // A second call on the same connection is answered after the first was taken up.
  await things.client.echo({ text: '' })
  return true
}
