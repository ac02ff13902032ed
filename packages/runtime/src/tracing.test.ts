import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { PurserError } from '@purser/kernel'
import { expect, onTestFinished, test } from 'vitest'
import { formatTraceparent, parseTraceparent, traceContextOf } from './trace-context.ts'
import { createTracing, noTracing } from './tracing.ts'

type ExportedSpan = {
  name: string
  traceId: string
  spanId: string
  parentSpanId?: string
  kind: number
  attributes: { key: string; value: Record<string, unknown> }[]
  status: { code: number }
}

type Export = { resourceSpans: { scopeSpans: { spans: ExportedSpan[] }[] }[] }

const off = {
  serviceName: 'test',
  disabled: false,
  exporter: undefined,
  otlpEndpoint: undefined,
  sampleRatio: 1,
}

/** A collector that keeps what it is sent: the real exporter over real HTTP. */
async function collector() {
  const spans: ExportedSpan[] = []
  const server = createServer(async (req, res) => {
    const { resourceSpans } = (await json(req)) as Export
    for (const { scopeSpans } of resourceSpans) {
      for (const scope of scopeSpans) spans.push(...scope.spans)
    }
    res.setHeader('content-type', 'application/json').end('{}')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  return { spans, otlpEndpoint: `http://127.0.0.1:${port}` }
}

test('off unless configured, and off when disabled', async () => {
  expect(await createTracing(off)).toBe(noTracing)
  expect(await createTracing({ ...off, exporter: 'console', disabled: true })).toBe(noTracing)
  const silenced = { ...off, exporter: 'none' as const, otlpEndpoint: 'http://x' }
  expect(await createTracing(silenced)).toBe(noTracing)
  expect(await noTracing.withSpan('x', {}, async () => 42)).toBe(42)
  expect(noTracing.current()).toBeUndefined()
})

test('spans nest, join a remote parent, record failures and reach the collector', async () => {
  const { spans, otlpEndpoint } = await collector()
  const tracing = await createTracing({ ...off, otlpEndpoint })
  const parent = { traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`, tracestate: 'v=1' }
  const outer = tracing.withSpan(
    'outer',
    { tenant: 'acme' },
    async () => {
      expect(tracing.current()?.tracestate).toBe('v=1')
      expect(tracing.logFields()).toMatchObject({ traceId: 'a'.repeat(32) })
      await tracing.withSpan('inner', {}, async () => {
        throw new PurserError('request.invalid', 'no')
      })
    },
    { kind: 'server', parent },
  )
  await expect(outer).rejects.toThrow('no')
  expect(tracing.current()).toBeUndefined()
  await tracing.stop()
  const [inner, root] = spans
  expect(root).toMatchObject({ name: 'outer', traceId: 'a'.repeat(32), kind: 2 })
  expect(root?.parentSpanId).toBe('b'.repeat(16))
  expect(inner).toMatchObject({ name: 'inner', parentSpanId: root?.spanId, status: { code: 2 } })
  expect(inner?.attributes).toContainEqual({
    key: 'error.type',
    value: { stringValue: 'request.invalid' },
  })
})

test('an unsampled trace is not exported but its context travels', async () => {
  const { spans, otlpEndpoint } = await collector()
  const tracing = await createTracing({ ...off, otlpEndpoint, sampleRatio: 0 })
  const context = await tracing.withSpan('quiet', {}, async () => tracing.current())
  await tracing.stop()
  expect(parseTraceparent(context?.traceparent ?? '')?.traceFlags).toBe(0)
  expect(spans).toEqual([])
})

test.each([
  [`00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`],
  [`00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`],
  [`ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`],
  [`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01-more`],
  [`00-${'A'.repeat(32)}-${'b'.repeat(16)}-01`],
  [''],
])('%j is no traceparent', (text) => {
  expect(parseTraceparent(text)).toBeUndefined()
  expect(traceContextOf(new Headers({ traceparent: text }))).toBeUndefined()
})

test('a traceparent survives the round trip, later versions are read as version 00', () => {
  const text = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`
  const parsed = parseTraceparent(text)
  expect(parsed && formatTraceparent(parsed)).toBe(text)
  expect(parseTraceparent(`01${text.slice(2)}-more`)).toEqual(parsed)
  expect(traceContextOf(new Headers({ traceparent: text, tracestate: 'a=1' }))).toEqual({
    traceparent: text,
    tracestate: 'a=1',
  })
})
