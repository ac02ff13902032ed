/** A refused field: `field` is a snake_case JSON path from the body's root. */
export type FieldViolation = { field: string; message: string }

/** Problem details of RFC 9457, as the service answers them. Details of the refusal stand beside the members. */
export type Problem = {
  /** Stable code, such as `metering.limit_exceeded`. */
  code: string
  /** HTTP status. */
  status: number
  /** Text for people. */
  detail: string
  title?: string
  request_id?: string
  errors?: FieldViolation[]
  [detail: string]: unknown
}

/** What the service refused. `code` is stable, `message` is for people. */
export class PurserProblem extends Error {
  override readonly name: string = 'PurserProblem'
  readonly problem: Problem
  /** Milliseconds that the service asks to wait before trying again; undefined when it does not say. */
  readonly retryAfterMs: number | undefined

  constructor(problem: Problem, retryAfterMs?: number) {
    const fields = (problem.errors ?? []).map(({ field, message }) => ` (${field}: ${message})`)
    super(problem.detail + fields.join(''))
    this.problem = problem
    this.retryAfterMs = retryAfterMs
  }

  get code(): string {
    return this.problem.code
  }

  /** HTTP status. */
  get status(): number {
    return this.problem.status
  }

  /** Refused fields, if any. */
  get fields(): readonly FieldViolation[] {
    return this.problem.errors ?? []
  }
}

/** A limit has no room for the units: `metering.limit_exceeded`. Nothing was counted. */
export class LimitExceeded extends PurserProblem {
  override readonly name = 'LimitExceeded'

  /** Feature that was refused. */
  get featureKey(): string {
    return String(this.problem['feature_key'] ?? '')
  }

  /** Limit that refuses for longest. */
  get limitKey(): string {
    return String(this.problem['limit_key'] ?? '')
  }

  /** Units in each window of the limit. */
  get limit(): number {
    return wholeNumber(this.problem['limit']) ?? 0
  }

  /** Units left, 0 or more. */
  get remaining(): number {
    return wholeNumber(this.problem['remaining']) ?? 0
  }

  /** Whole seconds until units come back; undefined when none are out. */
  get resetSeconds(): number | undefined {
    return wholeNumber(this.problem['reset_seconds'])
  }

  /** Whole seconds until the units fit; undefined when they never will. */
  get retryAfterSeconds(): number | undefined {
    return wholeNumber(this.problem['retry_after_seconds'])
  }
}

/** The service could not be reached, or gave no answer that it would give by itself, until the time was over. */
export class PurserUnreachable extends Error {
  override readonly name = 'PurserUnreachable'
}

/** The problem of an answer that is not a success, as the error to throw. */
export function problemOf(status: number, text: string, retryAfterMs: number | undefined) {
  const problem: Problem = { ...unknownProblem(status, text), ...parseObject(text), status }
  if (problem.code === 'metering.limit_exceeded') return new LimitExceeded(problem, retryAfterMs)
  return new PurserProblem(problem, retryAfterMs)
}

/** What stands between the client and the service answers without a code. */
function unknownProblem(status: number, text: string) {
  return { code: `http.${status}`, detail: `HTTP ${status}: ${text.slice(0, 200)}` }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return {}
    const { code, detail, ...members } = value as Record<string, unknown>
    return {
      ...members,
      ...(typeof code === 'string' ? { code } : {}),
      ...(typeof detail === 'string' ? { detail } : {}),
    }
  } catch {
    return {}
  }
}

function wholeNumber(value: unknown): number | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const number = Number(value)
  return Number.isFinite(number) ? number : undefined
}
