import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createGuardedFetch, type Resolve } from './guarded-fetch.ts'

const options = { method: 'GET', headers: {}, body: undefined, redirect: 'manual' as const }

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('this machine is reached when it may be', async () => {
  const url = await serve((request, response) => {
    let text = ''
    request.on('data', (chunk) => (text += chunk))
    request.on('end', () =>
      response.writeHead(201, { 'x-a': 'b' }).end(`${request.method} ${text}`),
    )
  })
  const body = new URLSearchParams({ a: 'b c' })
  const response = await createGuardedFetch({ loopback: true })(url, {
    ...options,
    method: 'POST',
    body,
  })
  expect(response.status).toBe(201)
  expect(response.headers.get('x-a')).toBe('b')
  expect(await response.text()).toBe('POST a=b+c')
})

test('redirects are answered, not followed', async () => {
  const url = await serve((_request, response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
  )
  expect((await createGuardedFetch({ loopback: true })(url, options)).status).toBe(302)
})

test('too large an answer is cut', async () => {
  const url = await serve((_request, response) => response.end('x'.repeat(2_000_000)))
  await expect(createGuardedFetch({ loopback: true })(url, options)).rejects.toMatchObject({
    cause: { message: 'the answer is too large' },
  })
})

test('an answer that is broken off is none', async () => {
  const url = await serve((request, response) => {
    response.writeHead(200, { 'content-length': '100' }).write('x')
    setImmediate(() => request.socket.destroy())
  })
  await expect(createGuardedFetch({ loopback: true })(url, options)).rejects.toThrow()
})

test('the caller may leave', async () => {
  const url = await serve(() => {})
  const signal = AbortSignal.abort(new Error('left'))
  const asked = createGuardedFetch({ loopback: true })(url, { ...options, signal })
  await expect(asked).rejects.toThrow()
})

test.each([false, true])(
  'a private network is never reached, with loopback %s',
  async (loopback) => {
    const ask = createGuardedFetch({ loopback })
    for (const url of [
      'https://10.0.0.1/',
      'https://169.254.169.254/',
      'https://[fd00::1]/',
      'http://1.1.1.1/',
    ]) {
      await expect(ask(url, options)).rejects.toThrow()
    }
  },
)

test('a name is judged by what it stands for', async () => {
  const url = new URL(await serve((_request, response) => response.end('secret')))
  // The machine's own name, which resolves to it whatever it is called.
  const asked = createGuardedFetch({ loopback: false })(`https://localhost.:${url.port}/`, options)
  const reason = expect.stringMatching(/no public address|ENOTFOUND|EAI_AGAIN/)
  await expect(asked).rejects.toMatchObject({ cause: { message: reason } })
})

describe('a name that changes its mind', () => {
  /** Answers one list of addresses after the other, and counts how often it was asked. */
  function rebinding(...answers: string[][]) {
    const asked: string[] = []
    const resolve: Resolve = (hostname, _options, callback) => {
      const addresses = answers[asked.length] ?? []
      asked.push(hostname)
      callback(
        null,
        addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
      )
    }
    return { asked, resolve }
  }
  const noPublic = (address: string) => ({
    cause: { message: `${address} is no public address` },
  })

  test('is resolved once a request: what was judged is what is connected to', async () => {
    const url = new URL(await serve((_request, response) => response.end('judged')))
    const { asked, resolve } = rebinding(['127.0.0.1'], ['10.0.0.1'])
    const ask = createGuardedFetch({ loopback: true }, resolve)
    const response = await ask(`http://localhost:${url.port}/`, options)
    expect(await response.text()).toBe('judged')
    expect(asked).toEqual(['localhost'])
    // Nothing is kept of the first: the next request is judged by what the name stands for now.
    const again = ask(`http://localhost:${url.port}/`, options)
    await expect(again).rejects.toMatchObject(noPublic('10.0.0.1'))
  })

  test('to this machine is refused, however public it was before', async () => {
    let isReached = false
    const url = new URL(
      await serve((_request, response) => {
        isReached = true
        response.end()
      }),
    )
    const { asked, resolve } = rebinding(['1.1.1.1'], ['127.0.0.1'])
    const leaving = new AbortController()
    const ask = createGuardedFetch({ loopback: false }, (...lookedUp) => {
      // The first request is let go of once its name was judged: it would leave this machine.
      if (asked.length === 0) leaving.abort(new Error('judged public'))
      resolve(...lookedUp)
    })
    const name = `https://rebinding.example:${url.port}/`
    const first = ask(name, { ...options, signal: leaving.signal })
    await expect(first).rejects.toMatchObject({ cause: { cause: { message: 'judged public' } } })
    await expect(ask(name, options)).rejects.toMatchObject(noPublic('127.0.0.1'))
    expect(asked).toHaveLength(2)
    expect(isReached).toBe(false)
  })

  test.each([
    [['1.1.1.1', '127.0.0.1'], '127.0.0.1'],
    [['2606:4700::1111', '169.254.169.254'], '169.254.169.254'],
    [['1.1.1.1', '::1'], '::1'],
  ])('is refused when one of its addresses is not public: %s', async (addresses, refused) => {
    const ask = createGuardedFetch({ loopback: false }, rebinding(addresses).resolve)
    await expect(ask('https://both.example/', options)).rejects.toMatchObject(noPublic(refused))
  })
})
