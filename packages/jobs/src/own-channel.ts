import type { EventEmitter } from 'node:events'
import type { Logger } from '@purser/runtime'
import type { WorkerPool } from 'graphile-worker'
import type pg from 'pg'

/** The channel that the library tells of new jobs on, whatever their schema. */
const COMMON = 'jobs:insert'

/** The channel that jobs of one schema are told on. */
export function channelOf(schema: string): string {
  return `${COMMON}:${schema}`
}

/**
 * Makes the workers of the library hear of jobs of their own schema alone: a job of one service made the workers of all
 * others look for work in vain. `events` are those of the library.
 */
export function hearOwnJobs(events: EventEmitter, schema: string, log: Logger): void {
  const channel = channelOf(schema)
  events.on('pool:listen:success', ({ client }: { client: pg.PoolClient }) => {
    // After the library's own question, which it asks once this has returned.
    queueMicrotask(() => {
      client.query(`unlisten "${COMMON}"; listen "${channel}"`).catch((err: unknown) => {
        log.warn({ err, channel }, 'new jobs are found by looking for them alone')
      })
    })
  })
  events.on('pool:listen:notification', ({ workerPool, message }: Notified) => {
    if (message.channel === channel) workerPool.nudge(1)
  })
  events.on('pool:listen:release', ({ client }: { client: pg.PoolClient }) => {
    // Of a connection that broke, nothing is left to be undone.
    client.query(`unlisten "${channel}"`).catch(() => undefined)
  })
}

type Notified = { workerPool: WorkerPool; message: pg.Notification }
