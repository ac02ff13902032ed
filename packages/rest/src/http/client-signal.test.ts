import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { clientSignal } from './client-signal.ts'

const GET = 'GET / HTTP/1.1\r\nhost: localhost\r\n\r\n'

test('it is one for all requests of a connection, and is aborted when the client leaves', async () => {
  const signals: AbortSignal[] = []
  const server = createServer((request, response) => {
    signals.push(clientSignal(request))
    response.end('done')
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const socket = connect(port, '127.0.0.1')
  for (let asked = 0; asked < 2; asked += 1) {
    socket.write(GET)
    await once(socket, 'data')
  }
  const [first, second] = signals
  expect(second).toBe(first)
  expect(first?.aborted).toBe(false)
  const other = connect(port, '127.0.0.1')
  other.write(GET)
  await once(other, 'data')
  socket.destroy()
  await once(first as AbortSignal, 'abort')
  expect(first?.reason).toMatchObject({ code: 'request.canceled' })
  expect(signals.at(-1)?.aborted).toBe(false)
  other.destroy()
})
