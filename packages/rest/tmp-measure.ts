import { connect } from 'node:net'
import { BillingService } from '@purser/contracts/billing/v1/billing'
import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { MeteringService, RecordEventsRequestSchema } from '@purser/contracts/metering/v1/metering'
import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import { UserService } from '@purser/contracts/user/v1/user'
import { createPrincipalCodec, createServiceHost, defineService, asService } from '@purser/rpc'
import { systemClock } from '@purser/kernel'
import { silentLogger } from '@purser/runtime'
import fastify from 'fastify'
import { createRestRoutes, registerRest, restServerOptions, createJsonCodec, buildOpenApi } from './src/index.ts'
const services = [UserService, MeteringService, SubscriptionService, InvoicingService, BillingService]
const impl: any = new Proxy({}, { get: () => async () => ({}) })
let t = performance.now()
const stub = { unary: () => Promise.reject(), stream: () => Promise.reject() }
const routes0 = createRestRoutes({ services, transport: stub as any })
console.log('routes', routes0.length, (performance.now() - t).toFixed(1), 'ms')
t = performance.now(); buildOpenApi({ services }); console.log('openapi', (performance.now() - t).toFixed(1), 'ms')
const host = createServiceHost({ services: [defineService(MeteringService, { ...Object.fromEntries(MeteringService.methods.map((m) => [m.localName, impl.x])), async ingestEvents(reqs: any) { let n = 0, c = 0; for await (const r of reqs) { n += r.body.data.length; c++ } return { acceptedCount: BigInt(n), duplicateCount: BigInt(c) } } } as any)], log: silentLogger, principals: createPrincipalCodec({ key: 'x'.repeat(40), clock: systemClock }) })
const app = fastify({ ...restServerOptions, forceCloseConnections: true })
t = performance.now()
registerRest(app, { routes: createRestRoutes({ services: [MeteringService], transport: host.transport() }), prepare: async () => asService('t', '*') })
const base = await app.listen({ port: 0 })
console.log('register+listen', (performance.now() - t).toFixed(1), 'ms')
// upload in a child-like fashion: same process writes too, so subtract by measuring the writer apart
const size = 130_000_000
const chunk = Buffer.alloc(1 << 20, '{"id":"a"}\n')
async function upload(port: number) {
  const socket = connect(port, '127.0.0.1')
  socket.write(`POST /api/v1/tenants/acme/events HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/x-ndjson\r\nContent-Length: ${size}\r\n\r\n`)
  let left = size
  while (left > 0) { const n = Math.min(left, chunk.length); left -= n; if (!socket.write(chunk.subarray(0, n))) await new Promise((r) => socket.once('drain', r)) }
  let out = ''; for await (const d of socket) out += d
  return out.split('\r\n\r\n')[1]
}
for (let i = 0; i < 3; i++) {
  const cpu = process.cpuUsage(); t = performance.now()
  const answer = await upload(Number(new URL(base).port))
  const used = process.cpuUsage(cpu)
  console.log('upload', answer, (performance.now() - t).toFixed(0), 'ms wall', ((used.user + used.system) / 1000).toFixed(0), 'ms cpu (writer included)', Math.round(process.memoryUsage().rss / 1e6), 'MB')
}
const net = await import('node:net')
const sink = net.createServer((s) => { let n = 0; s.on('data', (d) => { n += d.length; if (n >= size) s.end('x\r\n\r\n' + n) }) }).listen(0)
{ const cpu = process.cpuUsage(); await upload((sink.address() as any).port); const used = process.cpuUsage(cpu); console.log('bare sockets', ((used.user + used.system) / 1000).toFixed(0), 'ms cpu') }
sink.close(); await app.close()
const codec = createJsonCodec(RecordEventsRequestSchema)
const text = JSON.stringify({ tenant: 'acme', events: Array.from({ length: 10000 }, (_, i) => ({ id: `evt_${i}`, type: 'api.call', subject: `acct_${i % 100}`, time: '2026-02-01T00:00:00.123Z', quantity: '12.5', properties: { region: 'eu-west', plan: 'pro' } })) })
for (let i = 0; i < 5; i++) {
  t = performance.now(); const m = codec.decode(text); const d = performance.now() - t
  t = performance.now(); JSON.stringify(codec.encode(m)); const e = performance.now() - t
  t = performance.now(); JSON.parse(text); const p = performance.now() - t
  console.log('json', (text.length / 1e6).toFixed(2), 'MB: decode', d.toFixed(1), 'encode', e.toFixed(1), 'JSON.parse', p.toFixed(1))
}
