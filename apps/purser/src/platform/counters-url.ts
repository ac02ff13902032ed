import { PurserError } from '@purser/kernel'
import type { PlatformConfig } from './config.ts'

/** The Redis that counts limits; undefined for Postgres. Throws `config.invalid` for a Redis that is not named. */
export function countersUrlOf(
  config: Pick<PlatformConfig, 'meteringCounters' | 'redisUrl'>,
): string | undefined {
  if (config.meteringCounters === 'postgres') return undefined
  if (config.redisUrl !== undefined) return config.redisUrl
  throw new PurserError(
    'config.invalid',
    'METERING_COUNTERS is redis but REDIS_URL is not set: set it to the Redis that counts.',
  )
}
