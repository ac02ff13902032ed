/** Whose credentials a request bears; what they are is only known when it is sent. */
export type Credentials = 'key' | 'session' | 'none' | 'broken'

/** A request as it goes over the wire. */
export type FuzzRequest = {
  readonly method: string
  /** Path and query, raw: already encoded, or wrongly so on purpose. */
  readonly target: string
  readonly credentials: Credentials
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array | undefined
  /** Whether it may have become the request of another route, or of none. */
  readonly leavesRoute: boolean
}

/** The answer to a request, or why there was none. */
export type FuzzAnswer = {
  /** 0 when the connection broke before the answer was whole. */
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  readonly elapsedMs: number
  /** Whether we stopped reading a stream that goes on. */
  readonly isCut: boolean
  readonly error?: string
}

const MAX_SHOWN_BYTES = 4_000

/** A command that sends the request again. Keys are named, not told. */
export function toCurl(request: FuzzRequest, baseUrl: string): string {
  const { method, target, credentials, headers, body } = request
  const key = { key: '$KEY', session: '$SESSION', broken: 'pk_broken', none: undefined }[
    credentials
  ]
  const parts = ['curl -sS --globoff --path-as-is', `-X ${method}`, quote(`${baseUrl}${target}`)]
  if (key !== undefined) parts.push(`-H "Authorization: Bearer ${key}"`)
  parts.push(...headers.map(([name, value]) => `-H ${quote(`${name}: ${value}`)}`))
  if (body === undefined) return parts.join(' ')
  const bytes = Buffer.from(body)
  const shown = bytes.subarray(0, MAX_SHOWN_BYTES)
  const more = bytes.length > shown.length ? ` # the first of ${bytes.length} bytes` : ''
  if (/^[\t\n\u0020-\u007e]*$/.test(shown.toString('latin1'))) {
    return `${parts.join(' ')} --data-binary ${quote(shown.toString('latin1'))}${more}`
  }
  const hex = [...shown].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
  return `printf '${hex}' | ${parts.join(' ')} --data-binary @-${more}`
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
