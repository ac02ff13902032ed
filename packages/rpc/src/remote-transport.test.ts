import { constants, createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { createClient } from '@connectrpc/connect'
import { expect, test } from 'vitest'
import { ThingService } from '../test-contract/gen/purser/testing/v1/testing_pb.js'
import { principalTestKey } from '../test-contract/open-things.ts'
import { createPrincipalCodec, createRemoteTransport } from './index.ts'

test('a call that the other process resets is unavailable, one that we cancel is canceled', async () => {
  const server = createServer()
  const waiting = Promise.withResolvers<void>()
  server.on('session', (session) => session.on('error', () => {}))
  // A process that ends resets what it was asked.
  server.on('stream', (stream, { ':path': path = '' }) => {
    stream.on('error', () => {})
    if (path.endsWith('/Wait')) waiting.resolve()
    else stream.close(constants.NGHTTP2_CANCEL)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const baseUrl = `http://127.0.0.1:${port}`
  const principals = createPrincipalCodec({ key: principalTestKey })
  const transport = createRemoteTransport({ baseUrl, principals })
  const client = createClient(ThingService, transport)
  try {
    const unavailable = { code: 'platform.unavailable' }
    await expect(client.echo({ text: '' })).rejects.toMatchObject(unavailable)
    const streamed = Array.fromAsync(client.countThings({ tenant: 'acme', upTo: 1 }))
    await expect(streamed).rejects.toMatchObject(unavailable)
    const controller = new AbortController()
    const own = client.wait({}, { signal: controller.signal }).catch((error: unknown) => error)
    await waiting.promise
    controller.abort()
    expect(await own).toMatchObject({ code: 'request.canceled' })
  } finally {
    transport.close()
    server.close()
  }
})
