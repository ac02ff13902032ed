import { type ErrorCode, type ErrorKind, errorKinds, type PurserError } from '@purser/kernel'
import { limitHeaders } from '@purser/rpc'

/** RFC 9457 problem details, as answered with `application/problem+json`. */
export type Problem = {
  /** Stable relative URL that names the kind of problem: `/problems/<code>`. */
  type: string
  title: string
  status: number
  detail: string
  code: ErrorCode
  request_id: string
  /** The refused fields, if any: `field` is a snake_case JSON path, from the body's root. */
  errors?: { field: string; message: string }[]
  /** The refusal's own details. */
  [detail: string]: unknown
}

type ProblemKind = { readonly status: number; readonly title: string }

/** The one mapping of refusals to HTTP: by kind, */
const byKind: Readonly<Record<ErrorKind, ProblemKind>> = {
  invalid_argument: { status: 400, title: 'Invalid request' },
  unauthenticated: { status: 401, title: 'Credentials needed' },
  permission_denied: { status: 403, title: 'Not permitted' },
  not_found: { status: 404, title: 'Not found' },
  already_exists: { status: 409, title: 'Already exists' },
  conflict: { status: 409, title: 'Conflict' },
  failed_precondition: { status: 409, title: 'Not possible in this state' },
  resource_exhausted: { status: 429, title: 'Limit reached' },
  deadline_exceeded: { status: 504, title: 'Deadline exceeded' },
  unavailable: { status: 503, title: 'Unavailable' },
  unimplemented: { status: 501, title: 'Not implemented' },
  internal: { status: 500, title: 'Internal error' },
}

/** and for the codes that HTTP has a status of its own for. */
const byCode: Partial<Record<ErrorCode, ProblemKind>> = {
  'request.method_not_allowed': { status: 405, title: 'Method not allowed' },
  'request.body_too_large': { status: 413, title: 'Body too large' },
  'request.unsupported_media_type': { status: 415, title: 'Unsupported media type' },
  'request.idempotency_mismatch': { status: 422, title: 'Key of another request' },
  'request.canceled': { status: 499, title: 'Canceled by the client' },
}

/** HTTP status and title of a code. */
export function problemKind(code: ErrorCode): ProblemKind {
  return byCode[code] ?? byKind[errorKinds[code]]
}

/** The problem that answers a refusal. Details that bear the name of a standard member are left out. */
export function problemOf(error: PurserError, requestId: string): Problem {
  const { status, title } = problemKind(error.code)
  const problem: Problem = {
    type: `/problems/${error.code}`,
    title,
    status,
    detail: error.message,
    code: error.code,
    request_id: requestId,
    ...(error.fields.length > 0 ? { errors: error.fields.map((field) => ({ ...field })) } : {}),
  }
  return {
    ...problem,
    ...withoutKeys(error.details, [...Object.keys(problem), 'errors', 'instance']),
  }
}

/**
 * Headers that belong to the problem's status. A refusal by a limit that tells no `retry_after_seconds` will never be
 * another answer: it asks nobody to come again.
 */
export function problemHeaders(problem: Problem): Record<string, string> {
  const headers: Record<string, string> = { 'content-type': 'application/problem+json' }
  if (problem.status === 401) headers['www-authenticate'] = 'Bearer'
  if (problem.status === 415) headers['accept-encoding'] = 'gzip'
  const standing = standingOf(problem)
  const { retry_after_seconds: seconds } = problem
  const isForEver = standing !== undefined && seconds === undefined
  if (problem.status === 503 || (problem.status === 429 && !isForEver)) {
    headers['retry-after'] = /^\d{1,9}$/.test(String(seconds)) ? String(seconds) : '1'
  }
  return { ...headers, ...standing }
}

/** A refusal by a limit tells where the caller stands, in its details and as headers. */
function standingOf(problem: Problem) {
  const {
    limit_key: name,
    limit,
    remaining,
    reset_seconds: reset,
    window_seconds: window,
  } = problem
  if (![name, limit, remaining].every((detail) => typeof detail === 'string')) return undefined
  return limitHeaders({
    name: name as string,
    limit: limit as string,
    remaining: remaining as string,
    resetSeconds: reset as string | undefined,
    windowSeconds: window as string | undefined,
  })
}

function withoutKeys(details: Readonly<Record<string, string>>, keys: readonly string[]) {
  return Object.fromEntries(Object.entries(details).filter(([key]) => !keys.includes(key)))
}
