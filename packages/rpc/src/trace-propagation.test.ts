import { createServer } from 'node:http'
import { json } from 'node:stream/consumers'
import { createTracing } from '@purser/runtime'
import { expect, onTestFinished, test } from 'vitest'
import { openThings } from '../test-contract/open-things.ts'
import { asService } from './index.ts'

type ExportedSpan = { name: string; traceId: string; spanId: string; parentSpanId?: string }
type Export = { resourceSpans: { scopeSpans: { spans: ExportedSpan[] }[] }[] }

async function openTracing() {
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
  const tracing = await createTracing({
    serviceName: 'test',
    disabled: false,
    exporter: 'otlp',
    otlpEndpoint: `http://127.0.0.1:${port}`,
    sampleRatio: 1,
  })
  return { tracing, spans }
}

const service = 'purser.testing.v1.ThingService'

/** From the outermost span to the innermost: each the parent of the next. */
function chain(spans: readonly ExportedSpan[]): string[] {
  const names: string[] = []
  let span = spans.find((candidate) => !candidate.parentSpanId)
  while (span) {
    names.push(span.name)
    const { spanId } = span
    span = spans.find((candidate) => candidate.parentSpanId === spanId)
  }
  return names
}

test.each([
  ['direct', [`${service}/Relay`, `${service}/WhoAmI`]],
  ['connect', ['Relay', 'Relay', 'WhoAmI', 'WhoAmI'].map((method) => `${service}/${method}`)],
] as const)('%s: one trace from the first caller to the last method', async (name, expected) => {
  const { tracing, spans } = await openTracing()
  const things = await openThings(name, { tracing })
  await things.client.relay({ what: 'who' })
  await things.close()
  await tracing.stop()
  expect(chain(spans)).toEqual(expected)
  expect(new Set(spans.map(({ traceId }) => traceId)).size).toBe(1)
  expect(spans).toHaveLength(expected.length)
})

test('a stream is one span, also when it fails', async () => {
  const { tracing, spans } = await openTracing()
  const things = await openThings('direct', { tracing })
  const acme = asService('test', 'acme')
  await Array.fromAsync(things.client.countThings({ tenant: 'acme', upTo: 3 }, acme))
  await expect(Array.fromAsync(things.client.failLate({ how: 'bug' }))).rejects.toThrow()
  await things.close()
  await tracing.stop()
  expect(spans.map(({ name }) => name)).toEqual([`${service}/CountThings`, `${service}/FailLate`])
})
