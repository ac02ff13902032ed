import { backoffMs, mayPass, retryAfterMs } from './backoff.ts'
import { routes, wholeNumbers } from './gen/contract.ts'
import { type PurserProblem, PurserUnreachable, problemOf } from './purser-problem.ts'
import { wait } from './wait.ts'

/** Where the service is and who asks. */
export type ConnectionOptions = {
  /** Where the API answers, such as `https://api.example.com`. */
  baseUrl: string
  /** Key with the permissions that the calls need. */
  apiKey: string
  /** Slug of the tenant. */
  tenant: string
  /** Instead of the global `fetch`. */
  fetch?: typeof fetch
  /** Milliseconds after which a call gives up, with all its attempts; 5,000 when left out. */
  timeoutMs?: number
}

/** How one call is made. */
export type CallOptions = {
  /** Ends the call: it then throws the signal's reason. What it asked may be done all the same. */
  signal?: AbortSignal
  /** Instead of the client's. */
  timeoutMs?: number
}

/** What was answered: the body, and the headers. */
export type Answer<Body> = { body: Body; headers: Headers }

type Content = { type: 'application/json' | 'application/x-ndjson'; text: string }

const DEFAULT_TIMEOUT_MS = 5_000
const MAX_ATTEMPTS = 4
/** Integers that a JSON number does not hold are answered as text. */
const hasLongDigits = /"\d{16,}"/

/** Calls the service: in time, again where it may help, always with the same words. */
export class HttpClient {
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #fetch: typeof fetch
  readonly #timeoutMs: number

  constructor(options: ConnectionOptions) {
    const base = options.baseUrl.replace(/\/+$/, '')
    this.#base = `${base}/api/v1/tenants/${encodeURIComponent(options.tenant)}`
    this.#headers = { authorization: `Bearer ${options.apiKey}`, accept: 'application/json' }
    // Bound, since some run times refuse a fetch that is called as a method.
    this.#fetch = options.fetch ?? globalThis.fetch.bind(globalThis)
    this.#timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS
  }

  /**
   * Sends a body of JSON and answers what came back. The caller makes sure that repeating the body is harmless.
   * Throws a PurserProblem for a refusal, PurserUnreachable when no attempt was answered in time.
   */
  async call<Body>(
    operation: keyof typeof routes,
    body: object,
    options: CallOptions = {},
  ): Promise<Answer<Body>> {
    return this.send(operation, { type: 'application/json', text: JSON.stringify(body) }, options)
  }

  /** The same for a body that is text already. */
  async send<Body>(
    operation: keyof typeof routes,
    content: Content,
    { signal, timeoutMs = this.#timeoutMs }: CallOptions = {},
  ): Promise<Answer<Body>> {
    const endMs = performance.now() + timeoutMs
    for (let attempt = 1; ; attempt += 1) {
      signal?.throwIfAborted()
      const leftMs = endMs - performance.now()
      // A server that hangs leaves time for another attempt, which may reach another one.
      const attemptMs = Math.ceil(Math.max(1, Math.min(leftMs, timeoutMs / 2)))
      const failure = await this.#attempt<Body>(operation, content, { signal, attemptMs })
      if ('body' in failure) return failure
      const pauseMs = failure.retryAfterMs ?? backoffMs(attempt + 1, Math.random())
      const isLast = attempt === MAX_ATTEMPTS || performance.now() + pauseMs >= endMs
      if (!failure.mayPass || isLast) throw failure.error
      await wait(pauseMs, signal)
    }
  }

  async #attempt<Body>(
    operation: keyof typeof routes,
    { type, text }: Content,
    { signal, attemptMs }: { signal: AbortSignal | undefined; attemptMs: number },
  ): Promise<Answer<Body> | Failure> {
    const timeout = AbortSignal.timeout(attemptMs)
    try {
      const response = await this.#fetch(`${this.#base}${routes[operation]}`, {
        method: 'POST',
        headers: { ...this.#headers, 'content-type': type },
        body: text,
        signal: signal ? AbortSignal.any([signal, timeout]) : timeout,
      })
      const answer = await response.text()
      if (response.ok) return { body: parse<Body>(answer), headers: response.headers }
      return failureOf(response, answer)
    } catch (cause) {
      signal?.throwIfAborted()
      const reason = timeout.aborted ? `no answer in ${attemptMs} ms` : reasonOf(cause)
      const error = new PurserUnreachable(`Purser cannot be reached: ${reason}`, { cause })
      return { error, mayPass: true, retryAfterMs: undefined }
    }
  }
}

type Failure = {
  error: PurserProblem | PurserUnreachable
  mayPass: boolean
  retryAfterMs: number | undefined
}

function failureOf(response: Response, text: string): Failure {
  const askedMs = retryAfterMs(response.headers.get('retry-after'), Date.now())
  const error = problemOf(response.status, text, askedMs)
  return { error, mayPass: mayPass(error.status, error.code), retryAfterMs: askedMs }
}

function reasonOf(cause: unknown): string {
  const { cause: inner, message } = cause as {
    cause?: { code?: string; message?: string }
    message?: string
  }
  return inner?.code ?? inner?.message ?? message ?? String(cause)
}

function parse<Body>(text: string): Body {
  if (!hasLongDigits.test(text)) return JSON.parse(text)
  return JSON.parse(text, (name, value: unknown) =>
    typeof value === 'string' && wholeNumbers.has(name) ? Number(value) : value,
  )
}
