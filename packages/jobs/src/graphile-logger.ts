import type { Logger } from '@purser/runtime'
import { Logger as GraphileLogger } from 'graphile-worker'

/**
 * The library's log as ours. What it says about single jobs becomes debug, because the job handler
 * logs every failure itself, with the error.
 */
export function graphileLogger(log: Logger): GraphileLogger {
  return new GraphileLogger((scope) => (level, message, meta) => {
    const err = 'error' in meta ? { err: meta.error } : {}
    const fields = { ...scope, ...err }
    if (level === 'debug' || level === 'info' || meta.failure) log.debug(fields, message)
    else if (level === 'warning') log.warn(fields, message)
    else log.error(fields, message)
  })
}
