import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Asks as fast as answers come, on 64 keep-alive connections: `load-process.ts <url> <account> <warm-up ms> <measured
 * ms>`. Prints `rate <requests a second>`. An answer that is not a 200 ends it with an error.
 *
 * On plain sockets: Node's HTTP client costs more than the server that it asks, and would be what is measured.
 */
const [url = '', account = '', warmUpMs = '', measuredMs = ''] = process.argv.slice(2)
const CONNECTIONS = 64
const HEAD_END = '\r\n\r\n'

const { hostname, port, host, pathname } = new URL(url)
const request = Buffer.from(
  `GET ${pathname} HTTP/1.1\r\nhost: ${host}\r\nx-account: ${account}\r\n` +
    'user-agent: purser-bench\r\naccept: application/json\r\n\r\n',
)

let answered = 0
let isDone = false
const sockets: Socket[] = []

/** One connection: the next request leaves when the answer to the one before is whole. */
function keepAsking(): void {
  const socket = connect(Number(port), hostname, () => socket.write(request))
  sockets.push(socket)
  socket.setNoDelay(true)
  let answer = ''
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text
    const headEnd = answer.indexOf(HEAD_END)
    if (headEnd === -1) return
    const length = Number(/content-length: (\d+)/i.exec(answer)?.[1] ?? Number.NaN)
    if (answer.length < headEnd + HEAD_END.length + length) return
    if (!answer.startsWith('HTTP/1.1 200 ') || Number.isNaN(length)) {
      throw new Error(`unexpected answer: ${answer}`)
    }
    answer = ''
    answered += 1
    socket.write(request)
  })
  socket.on('close', () => {
    if (!isDone) throw new Error('the server closed a connection')
  })
}

for (let index = 0; index < CONNECTIONS; index += 1) keepAsking()
await sleep(Number(warmUpMs))
const answeredBefore = answered
const startedMs = performance.now()
await sleep(Number(measuredMs))
const seconds = (performance.now() - startedMs) / 1_000
console.log(`rate ${Math.round((answered - answeredBefore) / seconds)}`)
isDone = true
for (const socket of sockets) socket.destroy()
