import pino from 'pino'
import { openLineBatches } from './line-batches.ts'
import { redactSecrets } from './redact-secrets.ts'

/**
 * Structured log. `fields` become properties of the JSON line; put an error under `err`.
 * Secrets are masked by the name of their field, at any depth (see `redactSecrets`).
 */
export type Logger = {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** A logger that adds `fields` to each of its lines. */
  child(fields: object): Logger
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

export type LoggerOptions = {
  level: LogLevel
  /** Goes into every line as `name`. */
  name: string
  /** Where lines go, each at once; when left out, they go to `fd` in batches. */
  destination?: { write(line: string): void }
  /** File descriptor that lines are written to; 2, standard error, unless given. */
  fd?: number
  /** Read at each line, e.g. the ids of the current trace. */
  context?: () => object
}

/**
 * JSON lines, one an event: `{"level":"info","time":"2026-02-01T00:00:00.000Z","name":...}`.
 * Errors are written before the call returns; other lines after 100 ms at the latest, and when the process exits.
 */
export function createLogger(options: LoggerOptions): Logger {
  const { context, fd = 2 } = options
  const batches = options.destination ? undefined : openLineBatches(fd)
  const root = pino(
    {
      level: options.level,
      base: { name: options.name },
      timestamp: createTimestamp(),
      serializers: { err: pino.stdSerializers.errWithCause },
      formatters: {
        level: (label) => ({ level: label }),
        log: redactSecrets,
      },
      ...(context ? { mixin: context } : {}),
    },
    options.destination ?? batches,
  )
  return wrap(root, () => batches?.flush())
}

/** The time as a property of a line; its text is made once for all lines of a millisecond. */
function createTimestamp(): () => string {
  let atMs = 0
  let text = ''
  return () => {
    const nowMs = Date.now()
    if (nowMs !== atMs) {
      atMs = nowMs
      text = `,"time":"${new Date(nowMs).toISOString()}"`
    }
    return text
  }
}

/** pino does not run `formatters.log` on the fields of a child, so that they are masked here. */
function wrap(log: pino.Logger, flush: () => void): Logger {
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => {
      log.error(fields, message)
      flush()
    },
    child: (fields) => wrap(log.child(redactSecrets(fields)), flush),
  }
}

/** Drops everything. */
export const silentLogger: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  child: () => silentLogger,
}
