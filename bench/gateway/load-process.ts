import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { GET_ME_PATH } from './get-me-path.ts'

/**
 * Asks as fast as answers come, on keep-alive connections: `load-process.ts <url> <token> <body>`. Prints
 * `rate <requests a second>`. An answer that is not a 200 with this body ends it with an error.
 *
 * On plain sockets: Node's HTTP client costs more than the server that it asks, and would be what is measured.
 */
const [url = '', token = '', expected = ''] = process.argv.slice(2)
const CONNECTIONS = 64
const WARM_UP_MS = 2_000
const MEASURED_MS = 4_000

const { hostname, port, host } = new URL(url)
const request = Buffer.from(
  `GET ${GET_ME_PATH} HTTP/1.1\r\nhost: ${host}\r\nauthorization: Bearer ${token}\r\n` +
    'user-agent: purser-bench\r\naccept: application/json\r\n\r\n',
)
const HEAD_END = '\r\n\r\n'
const expectedBytes = Buffer.byteLength(expected)

let answered = 0

/** One connection: the next request leaves when the answer to the one before is whole. */
function keepAsking(): void {
  const socket = connect(Number(port), hostname, () => socket.write(request))
  socket.setNoDelay(true)
  let answer = ''
  // A character a byte, so that lengths are those of the wire.
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text
    const headEnd = answer.indexOf(HEAD_END)
    if (headEnd === -1) return
    const body = answer.slice(headEnd + HEAD_END.length)
    if (body.length < expectedBytes && answer.startsWith('HTTP/1.1 200 ')) return
    if (!isExpected(answer, body)) throw new Error(`unexpected answer: ${answer}`)
    answer = ''
    answered += 1
    socket.write(request)
  })
  socket.on('close', () => {
    throw new Error('the server closed a connection')
  })
}

function isExpected(answer: string, body: string): boolean {
  return answer.startsWith('HTTP/1.1 200 ') && Buffer.from(body, 'latin1').toString() === expected
}

for (let index = 0; index < CONNECTIONS; index += 1) keepAsking()
await sleep(WARM_UP_MS)
const answeredBefore = answered
const startedMs = performance.now()
await sleep(MEASURED_MS)
const seconds = (performance.now() - startedMs) / 1_000
console.log(`rate ${Math.round((answered - answeredBefore) / seconds)}`)
