import { Agent, type IncomingMessage, request as httpRequest } from 'node:http'
import type { FuzzAnswer, FuzzRequest } from './fuzz-request.ts'

const STREAM_READ_MS = 2_000

/** After so long without an answer, there is none. */
const NO_ANSWER_MS = 120_000

const agent = new Agent({ keepAlive: true, maxSockets: 16 })

/** Sends a request as it stands and reads the answer; a stream only for a while. Never throws. */
export async function sendRequest(
  baseUrl: string,
  request: FuzzRequest,
  bearer: string | undefined,
): Promise<FuzzAnswer> {
  const first = await sendOnce(baseUrl, request, bearer)
  // A kept connection may be closed by the server in the moment that we use it again.
  return first.onUsedConnection && first.error !== undefined
    ? await sendOnce(baseUrl, request, bearer, false)
    : first
}

function sendOnce(
  baseUrl: string,
  { method, target, headers, body }: FuzzRequest,
  bearer: string | undefined,
  keepAlive = true,
): Promise<FuzzAnswer & { onUsedConnection: boolean }> {
  const { hostname, port } = new URL(baseUrl)
  const beganMs = performance.now()
  return new Promise((resolve) => {
    const outgoing = httpRequest({
      hostname,
      port,
      method,
      path: target,
      agent: keepAlive ? agent : new Agent(),
      timeout: NO_ANSWER_MS,
      headers: {
        ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }),
        ...Object.fromEntries(headers),
        ...(body === undefined ? {} : { 'content-length': body.length }),
      },
    })
    let answered = false
    const finish = (answer: Omit<FuzzAnswer, 'elapsedMs'>) => {
      const onUsedConnection = outgoing.reusedSocket
      resolve({ ...answer, elapsedMs: performance.now() - beganMs, onUsedConnection })
    }
    const fail = (error: string) =>
      finish({ status: 0, headers: {}, body: new Uint8Array(), isCut: false, error })
    outgoing.on('response', (response) => {
      answered = true
      void readAnswer(response).then(finish, (error: Error) => fail(`while read: ${error.message}`))
    })
    outgoing.on('timeout', () => outgoing.destroy(new Error(`nothing came for ${NO_ANSWER_MS} ms`)))
    // The server may answer and close before it took the whole body.
    outgoing.on('error', (error) => {
      if (!answered) fail(error.message)
    })
    outgoing.end(body)
  })
}

async function readAnswer(response: IncomingMessage): Promise<Omit<FuzzAnswer, 'elapsedMs'>> {
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
  )
  const isStream = /ndjson|event-stream/.test(headers['content-type'] ?? '')
  const chunks: Uint8Array[] = []
  let isCut = false
  const cut = () => {
    isCut = true
    response.destroy()
  }
  const timer = isStream ? setTimeout(cut, STREAM_READ_MS) : undefined
  try {
    for await (const chunk of response) chunks.push(chunk as Uint8Array)
  } catch (error) {
    if (!isCut) throw error
  } finally {
    clearTimeout(timer)
  }
  return { status: response.statusCode ?? 0, headers, body: Buffer.concat(chunks), isCut }
}
