import type { Logger } from '@purser/runtime'

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | JsonValue[]
  | { [key: string]: JsonValue }
export type JsonObject = { [key: string]: JsonValue }

/** The payload of each task of a service by the task's name: `{ 'send-invoice': { id: string } }`. */
export type TaskPayloads = { [task: string]: JsonObject }

export type Job<Payload extends JsonObject = JsonObject> = {
  id: string
  payload: Payload
  /** 1 the first time. The same job may run again although its handler succeeded: be idempotent. */
  attempt: number
  /**
   * Aborted when the job should end now: the process stops, the job ran over its time, or another
   * process may take the job over because this one lost its connection.
   */
  signal: AbortSignal
  /** Names the task, the job and the attempt in each line. */
  log: Logger
}

/** Does one job; resolves when it is done, rejects to have it tried again later. */
export type JobHandler<Payload extends JsonObject> = (job: Job<Payload>) => Promise<void>

export type JobHandlers<Tasks extends TaskPayloads> = {
  [Name in keyof Tasks]: JobHandler<Tasks[Name]>
}

export type AddJobOptions = {
  /**
   * At most one waiting job has this key in the schema: adding another replaces its payload, time and
   * attempts. A job that runs already is followed by the new one and, should it fail, not tried again.
   * Include the tenant.
   */
  jobKey?: string
  /** Not before this; default now, by the database's clock. */
  runAt?: Temporal.Instant
  /** Attempts before the job is parked, from 1; default 10, spread over about 3.5 hours. */
  maxAttempts?: number
}
