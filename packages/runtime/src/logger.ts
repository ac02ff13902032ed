import pino from 'pino'
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
  /** Where lines go; standard error unless given, written before the call returns. */
  destination?: { write(line: string): void }
  /** Read at each line, e.g. the ids of the current trace. */
  context?: () => object
}

/** JSON lines, one an event: `{"level":"info","time":"2026-02-01T00:00:00.000Z","name":...}`. */
export function createLogger(options: LoggerOptions): Logger {
  const context = options.context
  const root = pino(
    {
      level: options.level,
      base: { name: options.name },
      timestamp: pino.stdTimeFunctions.isoTime,
      serializers: { err: pino.stdSerializers.errWithCause },
      formatters: {
        level: (label) => ({ level: label }),
        log: redactSecrets,
      },
      ...(context ? { mixin: context } : {}),
    },
    options.destination ?? pino.destination({ dest: 2, sync: true }),
  )
  return wrap(root)
}

/** pino does not run `formatters.log` on the fields of a child, so that they are masked here. */
function wrap(log: pino.Logger): Logger {
  return {
    debug: (fields, message) => log.debug(fields, message),
    info: (fields, message) => log.info(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
    child: (fields) => wrap(log.child(redactSecrets(fields))),
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
