import type { Database } from '@purser/postgres'
import type { Component, Logger } from '@purser/runtime'
import { type ApiKeyUse, recordUses } from './store/api-key-use.ts'

/** Uses are written together this often: a use is seen in the list after so long, and a minute at most. */
const FLUSH_INTERVAL_MS = 5_000

/** A key whose use was written is not written again for so long. */
const PAUSE_MS = 60_000

/** Keys remembered at once; with more, some uses are not written. */
const MAX_KEYS = 100_000

/**
 * Notes the uses of API keys off the path of the requests that use them: in memory first, then at most
 * once a minute a key, all in one statement. A process that is killed forgets the last seconds.
 */
export class ApiKeyUses implements Component {
  readonly name = 'uses of api keys'
  readonly #db: Database
  readonly #log: Logger
  readonly #pending = new Map<string, ApiKeyUse>()
  readonly #writtenAt = new Map<string, Temporal.Instant>()
  #timer: NodeJS.Timeout | undefined

  constructor({ db, log }: { db: Database; log: Logger }) {
    this.#db = db
    this.#log = log
  }

  async start(): Promise<void> {
    this.#timer = setInterval(() => {
      this.flush().catch((err: unknown) => {
        this.#log.warn({ err }, 'the uses of API keys could not be written; trying again')
      })
    }, FLUSH_INTERVAL_MS)
    this.#timer.unref()
  }

  /** Writes what is noted. */
  async stop(): Promise<void> {
    clearInterval(this.#timer)
    await this.flush()
  }

  /** Costs no more than a look into memory. */
  note(use: ApiKeyUse): void {
    // Neither holds a slash.
    const place = `${use.tenantId}/${use.apiKeyId}`
    const writtenAt = this.#writtenAt.get(place)
    if (writtenAt !== undefined && isWithinPause(writtenAt, use.usedAt)) return
    if (this.#pending.size < MAX_KEYS) this.#pending.set(place, use)
  }

  /** Writes every use that is noted. Throws what the database throws, and then keeps them. */
  async flush(): Promise<void> {
    const uses = [...this.#pending]
    if (uses.length === 0) return
    this.#pending.clear()
    try {
      await this.#db.system((tx) =>
        recordUses(
          tx,
          uses.map(([, use]) => use),
        ),
      )
    } catch (error) {
      for (const [place, use] of uses) {
        if (!this.#pending.has(place)) this.#pending.set(place, use)
      }
      throw error
    }
    this.#remember(uses)
  }

  #remember(uses: readonly (readonly [string, ApiKeyUse])[]): void {
    const newest = uses.at(-1)?.[1].usedAt
    for (const [place, writtenAt] of this.#writtenAt) {
      if (newest === undefined || !isWithinPause(writtenAt, newest)) this.#writtenAt.delete(place)
    }
    for (const [place, { usedAt }] of uses) this.#writtenAt.set(place, usedAt)
  }
}

function isWithinPause(writtenAt: Temporal.Instant, now: Temporal.Instant): boolean {
  return now.epochMilliseconds - writtenAt.epochMilliseconds < PAUSE_MS
}
