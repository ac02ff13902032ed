import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { z } from 'zod'

/**
 * Asks as fast as answers come, on keep-alive connections: its argument is a file of JSON as `loadSchema` has it. Prints one line,
 * `measured {"rate":…,"p50Ms":…,"p99Ms":…}`. An answer with another status, or another body than the one expected, ends
 * it with an error.
 *
 * On plain sockets: Node's HTTP client costs more than the server that it asks, and would be what is measured.
 */
const loadSchema = z.object({
  url: z.url(),
  method: z.enum(['GET', 'POST']).default('GET'),
  /** Asked for in turn. */
  paths: z.array(z.string()).min(1),
  headers: z.record(z.string(), z.string()).default({}),
  /** JSON bodies, sent in turn to the first path; none for a GET. */
  bodies: z.array(z.string()).default([]),
  /** The body of every answer, where they are all the same. */
  expected: z.string().optional(),
  connections: z.number().default(64),
  /** Never sleeps; for servers that need one processor alone. */
  awake: z.boolean().default(false),
  warmUpMs: z.number().default(2_000),
  measuredMs: z.number().default(4_000),
})

const load = loadSchema.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')))
const { hostname, port, host } = new URL(load.url)
const [firstPath = '/'] = load.paths
const requests =
  load.bodies.length === 0
    ? load.paths.map((path) => toRequest(path, undefined))
    : load.bodies.map((body) => toRequest(firstPath, body))
const HEAD_END = '\r\n\r\n'
const expectedBytes = load.expected === undefined ? undefined : Buffer.byteLength(load.expected)

let asked = 0
const latenciesMs: number[] = []

function toRequest(path: string, body: string | undefined): Buffer {
  const headers = {
    host,
    'user-agent': 'purser-bench',
    accept: 'application/json',
    ...load.headers,
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) }),
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`)
  return Buffer.from(`${load.method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body ?? ''}`)
}

/** One connection: the next request leaves when the answer to the one before is whole. */
function keepAsking(): void {
  let askedMs = 0
  const ask = () => {
    askedMs = performance.now()
    socket.write(requests[asked % requests.length] as Buffer)
    asked += 1
  }
  const socket = connect(Number(port), hostname, ask)
  socket.setNoDelay(true)
  let answer = ''
  // A character a byte, so that lengths are those of the wire.
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text
    const headEnd = answer.indexOf(HEAD_END)
    if (headEnd === -1) return
    if (!answer.startsWith('HTTP/1.1 200 ')) throw new Error(`refused: ${answer}`)
    const body = answer.slice(headEnd + HEAD_END.length)
    if (body.length < (expectedBytes ?? lengthOf(answer.slice(0, headEnd)))) return
    if (!isExpected(body)) throw new Error(`unexpected answer: ${answer}`)
    answer = ''
    latenciesMs.push(performance.now() - askedMs)
    ask()
  })
  socket.on('close', () => {
    throw new Error('the server closed a connection')
  })
}

function lengthOf(head: string): number {
  const length = /\r\ncontent-length: (\d+)/i.exec(head)?.[1]
  if (length === undefined) throw new Error(`an answer without a length: ${head}`)
  return Number(length)
}

function isExpected(body: string): boolean {
  return load.expected === undefined || Buffer.from(body, 'latin1').toString() === load.expected
}

/**
 * On loopback the server's write wakes the process that reads, and a sleeping processor of a virtual machine is dear to
 * wake, which the slower of two servers alone would pay.
 */
function stayAwake(): void {
  setImmediate(stayAwake)
}

for (let index = 0; index < load.connections; index += 1) keepAsking()
if (load.awake) stayAwake()
await sleep(load.warmUpMs)
latenciesMs.length = 0
const startedMs = performance.now()
await sleep(load.measuredMs)
const seconds = (performance.now() - startedMs) / 1_000
const sorted = Float64Array.from(latenciesMs).sort()
const quantile = (share: number) => sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN
const measured = {
  rate: Math.round(sorted.length / seconds),
  p50Ms: quantile(0.5),
  p99Ms: quantile(0.99),
}
console.log(`measured ${JSON.stringify(measured)}`)
// Whoever started this process ends it.
