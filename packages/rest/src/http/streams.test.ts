import { connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { createGzip } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { openLibrary } from '../../test-contract/open-library.ts'

async function eventually(check: () => boolean): Promise<void> {
  while (!check()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('answers of many messages', () => {
  test('are NDJSON by default', async () => {
    const { app } = await openLibrary()
    const response = await app.inject('/v1/watch/w')
    expect(response.headers['content-type']).toBe('application/x-ndjson; charset=utf-8')
    expect(response.body).toBe('{"title":"w","page_count":1}\n{"title":"w","page_count":2}\n')
  })

  test('are server-sent events when asked for', async () => {
    const { app } = await openLibrary()
    const response = await app.inject({
      url: '/v1/watch/w',
      headers: { accept: 'text/event-stream' },
    })
    expect(response.headers['content-type']).toBe('text/event-stream; charset=utf-8')
    expect(response.body).toBe(
      'id: 1\nevent: message\ndata: {"title":"w","page_count":1}\n\n' +
        'id: 2\nevent: message\ndata: {"title":"w","page_count":2}\n\n',
    )
  })

  test('break silence with comments as server-sent events', async () => {
    // The silence lasts until it was broken, however late that is.
    const { promise: pause, resolve: end } = Promise.withResolvers<void>()
    const { listen } = await openLibrary({ keepAliveMs: 10, pause })
    const headers = { accept: 'text/event-stream' }
    const response = await fetch(`${await listen()}/v1/watch/pauses`, { headers })
    let body = ''
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
      body += text
      if (body.includes('page_count":2}\n\n: keep-alive\n\n')) end()
    }
    expect(body.replaceAll(': keep-alive\n\n', '')).toBe(
      'id: 1\nevent: message\ndata: {"title":"pauses","page_count":1}\n\n' +
        'id: 2\nevent: message\ndata: {"title":"pauses","page_count":2}\n\n',
    )
  })

  test('bear silence as NDJSON, which has no comments', async () => {
    const { app } = await openLibrary({ keepAliveMs: 1, pause: delay(50) })
    expect((await app.inject('/v1/watch/pauses')).body).toBe(
      '{"title":"pauses","page_count":1}\n{"title":"pauses","page_count":2}\n',
    )
  })

  test('that fail before the first message are ordinary problems', async () => {
    const { app } = await openLibrary()
    for (const accept of ['*/*', 'text/event-stream']) {
      const response = await app.inject({ url: '/v1/watch/missing', headers: { accept } })
      expect(response.statusCode).toBe(404)
      expect(response.json()).toMatchObject({ code: 'resource.not_found' })
    }
    expect((await app.inject('/v1/watch/w?x=1')).statusCode).toBe(400)
  })

  test('that fail later end in a problem that says nothing internal', async () => {
    const { app } = await openLibrary()
    const lines = (await app.inject('/v1/watch/breaks')).body.trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({
      type: '/problems/platform.internal',
      status: 500,
    })
    const headers = { accept: 'text/event-stream' }
    const events = (await app.inject({ url: '/v1/watch/breaks', headers })).body
    expect(events).toContain('\n\nevent: problem\ndata: {"type":"/problems/platform.internal"')
    expect(lines.join() + events).not.toContain('secret')
  })

  test('are canceled when the client leaves', async () => {
    const { listen, events } = await openLibrary()
    const controller = new AbortController()
    const response = await fetch(`${await listen()}/v1/watch/endless`, {
      signal: controller.signal,
    })
    const reader = response.body?.getReader()
    expect(new TextDecoder().decode((await reader?.read())?.value)).toContain('"page_count":1}')
    controller.abort()
    await eventually(() => events.includes('watch ended'))
  })
})

describe('files in pieces', () => {
  test('are their bytes one after the other, with the media type of the first', async () => {
    const { app } = await openLibrary()
    const response = await app.inject('/v1/pieces/p')
    expect(response.statusCode).toBe(200)
    expect(response.headers['content-type']).toBe('text/csv')
    expect(response.headers['x-content-type-options']).toBe('nosniff')
    expect(response.body).toBe('x'.repeat(300_000))
    expect((await app.inject({ method: 'HEAD', url: '/v1/pieces/p' })).statusCode).toBe(405)
  })

  test('that fail before the first piece are ordinary problems', async () => {
    const { app } = await openLibrary()
    const response = await app.inject('/v1/pieces/missing')
    expect(response.statusCode).toBe(404)
    expect(response.json()).toMatchObject({ code: 'resource.not_found' })
  })

  test('that fail later are broken off: a part is never taken for the whole', async () => {
    const { listen } = await openLibrary()
    const response = await fetch(`${await listen()}/v1/pieces/breaks`)
    expect(response.status).toBe(200)
    await expect(response.text()).rejects.toThrow()
  })

  test('are made no faster than they are read, and no further when the client leaves', async () => {
    const { listen, events } = await openLibrary()
    const controller = new AbortController()
    const response = await fetch(`${await listen()}/v1/pieces/endless`, {
      signal: controller.signal,
    })
    await response.body?.getReader().read()
    controller.abort()
    await eventually(() => events.length === 1)
    // What the buffers of two sockets hold, far from what was made had nothing held it back.
    expect(Number(events[0]?.split(' ').at(-1))).toBeLessThan(1_000)
  })
})

describe('uploads', () => {
  const ndjson = { 'content-type': 'application/x-ndjson' }

  test('arrive piece by piece, with tenant in each and media type in the first', async () => {
    const { listen } = await openLibrary()
    const pieces = async function* () {
      for (let count = 0; count < 50; count++) yield Buffer.alloc(100_000, 'x')
    }
    const response = await fetch(`${await listen()}/v1/shelves/s1/import?replace=true`, {
      method: 'POST',
      headers: ndjson,
      body: ReadableStream.from(pieces()),
      duplex: 'half',
    })
    const body = (await response.json()) as { piece_count: number }
    expect(body).toMatchObject({ byte_count: 5_000_000, content_type: 'application/x-ndjson' })
    expect(body.piece_count).toBeGreaterThan(10)
  })

  test('may be empty', async () => {
    const { app } = await openLibrary()
    const url = '/v1/shelves/s1/import'
    const response = await app.inject({ method: 'POST', url, headers: ndjson, payload: '' })
    expect(response.json()).toEqual({
      byte_count: 0,
      piece_count: 1,
      content_type: 'application/x-ndjson',
    })
  })

  test('are decompressed as they arrive, within bounds', async () => {
    const { listen } = await openLibrary({ maxUploadBytes: 3_000_000 })
    const base = await listen()
    const send = async (bytes: number) => {
      const gzip = createGzip()
      // Text that compresses, but not out of proportion.
      gzip.end(
        Array.from({ length: bytes / 10 }, (_, index) => String(index).padStart(10)).join(''),
      )
      return fetch(`${base}/v1/shelves/s1/import`, {
        method: 'POST',
        headers: { ...ndjson, 'content-encoding': 'gzip' },
        body: ReadableStream.from(gzip),
        duplex: 'half',
      })
    }
    expect(await (await send(2_000_000)).json()).toMatchObject({ byte_count: 2_000_000 })
    expect(await (await send(4_000_000)).json()).toMatchObject({ status: 413 })
  })

  test('of a media type that the method does not read are refused before they are read', async () => {
    const { app } = await openLibrary()
    for (const headers of [{}, { 'content-type': 'text/csv' }]) {
      const url = '/v1/shelves/s1/import'
      const response = await app.inject({ method: 'POST', url, headers, payload: 'a,b' })
      expect(response.json()).toMatchObject({
        status: 415,
        detail: 'expected Content-Type application/json, application/x-ndjson in UTF-8',
      })
    }
  })

  test('that break off are no ends', async () => {
    const { listen, events } = await openLibrary()
    const { port } = new URL(await listen())
    const socket = connect(Number(port), '127.0.0.1')
    socket.write('POST /v1/shelves/s1/import HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n')
    socket.write('Content-Type: application/x-ndjson\r\n\r\n{"a":1}')
    setTimeout(() => socket.destroy(), 50)
    await eventually(() => events.includes('import failed: request.canceled'))
  })

  test('that are refused early are answered, and the connection lives on', async () => {
    const { listen } = await openLibrary()
    const { port } = new URL(await listen())
    const socket = connect(Number(port), '127.0.0.1')
    const length = 3_000_000
    socket.write(
      `POST /v1/shelves/full/import HTTP/1.1\r\nHost: x\r\nContent-Length: ${length}\r\n`,
    )
    socket.write('Content-Type: application/x-ndjson\r\n\r\n')
    socket.write('x'.repeat(length))
    socket.write('GET /v1/books/b1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n')
    const answers = await text(socket)
    expect(answers).toMatch(/^HTTP\/1.1 404 .*the shelf is full.*HTTP\/1.1 200 /s)
  })

  test('without end that are refused are answered and then cut', async () => {
    const { listen } = await openLibrary()
    const { port } = new URL(await listen())
    const socket = connect(Number(port), '127.0.0.1')
    socket.write(
      'POST /v1/shelves/full/import HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n',
    )
    socket.write('Content-Type: application/x-ndjson\r\n\r\n')
    let answer = ''
    socket.on('data', (chunk) => {
      answer += chunk.toString()
    })
    const closed = new Promise((resolve) => socket.on('error', resolve).on('close', resolve))
    const chunk = Buffer.alloc(65_536)
    const pump = () => {
      while (!socket.destroyed && socket.write(chunk));
    }
    socket.on('drain', pump)
    pump()
    await closed
    expect(answer).toContain('the shelf is full')
  })

  test('of a CloudEvent in binary mode become one structured event', async () => {
    const { app } = await openLibrary()
    const response = await app.inject({
      method: 'POST',
      url: '/v1/shelves/s1/import',
      headers: {
        'ce-specversion': '1.0',
        'ce-id': '1',
        'content-type': 'application/json',
      },
      payload: '{"quantity": 1.10}',
    })
    expect(response.json()).toMatchObject({
      piece_count: 1,
      content_type: 'application/cloudevents+json',
      text: '{"specversion":"1.0","id":"1","datacontenttype":"application/json","data":{"quantity": 1.10}}',
    })
  })
})
