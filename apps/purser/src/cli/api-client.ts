import type { DescMessage, MessageShape } from '@bufbuild/protobuf'
import { isPurserError } from '@purser/kernel'
import { createJsonCodec } from '@purser/rest'
import { z } from 'zod'

/** Where the API is and who asks. */
export type ApiTarget = { url: string; apiKey: string; tenant: string }

/** What the API refused, in the words of its problem document. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem'
  readonly status: number
  readonly code: string

  constructor(status: number, code: string, detail: string) {
    super(detail)
    this.status = status
    this.code = code
  }
}

const problemSchema = z.object({
  code: z.string(),
  detail: z.string(),
  errors: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
})

type Call = {
  method?: string
  /** Below the tenant: `/invoices`. */
  path: string
  query?: Record<string, string | number | undefined>
  /** JSON. */
  body?: object
  /** Bytes of a media type, streamed. */
  upload?: { contentType: string; bytes: AsyncIterable<Uint8Array> }
  /** Gives the call up; it then throws the signal's reason. */
  signal?: AbortSignal
}

/** The public REST API of one tenant, as the command line uses it: nothing here that a caller could not do. */
export class ApiClient {
  readonly #target: ApiTarget

  constructor(target: ApiTarget) {
    this.#target = target
  }

  /** Calls and reads the answer as a message. Throws ApiProblem. */
  async call<Desc extends DescMessage>(answer: Desc, call: Call): Promise<MessageShape<Desc>> {
    const response = await this.send(call)
    return createJsonCodec(answer).decode(await response.text())
  }

  /** Calls and answers the response. Throws ApiProblem. */
  async send({ method = 'GET', path, query = {}, body, upload, signal }: Call): Promise<Response> {
    const url = new URL(`/api/v1/tenants/${this.#target.tenant}${path}`, this.#target.url)
    for (const [name, value] of Object.entries(query)) {
      if (value !== undefined) url.searchParams.set(name, String(value))
    }
    const contentType = upload?.contentType ?? (body && 'application/json')
    const response = await this.#fetch(url, {
      method,
      headers: {
        authorization: `Bearer ${this.#target.apiKey}`,
        ...(contentType ? { 'content-type': contentType } : {}),
      },
      ...(body ? { body: JSON.stringify(body) } : {}),
      ...(upload ? { body: ReadableStream.from(upload.bytes), duplex: 'half' as const } : {}),
      ...(signal ? { signal } : {}),
    })
    if (!response.ok) throw await problemOf(response)
    return response
  }

  /** Runs of the API may take minutes before their first byte: no time-out but the server's own. */
  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    try {
      return await fetch(url, init)
    } catch (error) {
      if (init.signal?.aborted) throw init.signal.reason
      const { cause } = error as { cause?: unknown }
      // What the source of an upload threw, such as a file of another shape.
      if (isPurserError(cause)) throw cause
      const reason =
        (error as { cause?: { code?: string } }).cause?.code ?? (error as Error).message
      throw new ApiProblem(
        0,
        'cli.unreachable',
        `no answer from ${this.#target.url} (${reason}); is it running? npm start`,
      )
    }
  }
}

async function problemOf(response: Response): Promise<ApiProblem> {
  const text = await response.text()
  const problem = problemSchema.safeParse(parseJson(text))
  if (!problem.success) {
    return new ApiProblem(
      response.status,
      'cli.unexpected_answer',
      `HTTP ${response.status}: ${text.slice(0, 200)}`,
    )
  }
  const { code, detail, errors = [] } = problem.data
  const fields = errors.map(({ field, message }) => `\n  ${field}: ${message}`).join('')
  return new ApiProblem(response.status, code, `${detail} (${code})${fields}`)
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
