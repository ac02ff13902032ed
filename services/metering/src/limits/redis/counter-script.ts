import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { PurserError } from '@purser/kernel'
import { redisClientOptions } from '@purser/runtime'
import type { Redis } from 'ioredis'
import type { Warnings } from '../hold-sweeper.ts'

const SCRIPT = readFileSync(new URL('counters.lua', import.meta.url), 'utf8')
const SCRIPT_SHA = createHash('sha1').update(SCRIPT).digest('hex')

/** What is asked of the script, see counters.lua. */
export type ScriptCall = {
  command: 'look' | 'begin' | 'read' | 'seed' | 'give_back' | 'decide'
  /** The first is that of the tenant's epoch. */
  keys: readonly string[]
  epoch: string
  /** Sent as JSON, with the instant. */
  ask?: object
}

/** A server that may count. */
export type CountingServer = { run: string; epoch: string }

/**
 * The script that counts in Redis, over a connection that comes back by itself. Nothing waits for it: calls throw
 * `platform.unavailable` while Redis is away, slow or refuses. The client library is loaded with the first call.
 */
export class CounterScript {
  readonly #url: string
  readonly #log: Warnings
  readonly #fixedMicros: () => number
  #client: Promise<Redis> | undefined
  #reason = 'the connection was closed'
  #seen = { micros: 0, atMs: 0 }

  /** `url` is `redis://` or `rediss://`, its password is never told. `nowMicros` replaces the clock unless it is 0. */
  constructor(options: { url: string; log: Warnings; nowMicros: () => number }) {
    this.#url = options.url
    this.#log = options.log
    this.#fixedMicros = options.nowMicros
  }

  /** About the instant of Redis, seldom ahead of it, in microseconds since 1970: the script finds out. */
  nowMicros(): number {
    const elapsedMs = performance.now() - this.#seen.atMs
    return this.#fixedMicros() || this.#seen.micros + Math.floor(elapsedMs * 1_000)
  }

  /**
   * The server, and the epoch that it holds under a key (empty for none). Throws `platform.unavailable`, also when
   * this server may throw keys away: what is counted must stay.
   */
  async look(key: string): Promise<CountingServer> {
    const reply = await this.run({ command: 'look', keys: [key], epoch: '' })
    const [, , run, epoch, policy] = reply as [string, number, string, string, string]
    if (policy === '' || policy === 'noeviction') return { run, epoch }
    const message = `Redis may throw counters away: set maxmemory-policy to noeviction, not ${policy}.`
    throw new PurserError('platform.unavailable', message)
  }

  /** The answer's words, the first of which says what it is; the second is the instant, if it is a number. */
  async run({ command, keys, epoch, ask }: ScriptCall): Promise<unknown[]> {
    const asked = JSON.stringify({ ...ask, now: this.#fixedMicros() })
    const args = [...keys, command, epoch, asked]
    const client = await (this.#client ??= this.#open())
    const reply = await this.#evaluate(client, keys.length, args)
    const [, micros] = reply
    if (typeof micros === 'number') this.#seen = { micros, atMs: performance.now() }
    return reply
  }

  async #evaluate(client: Redis, keyCount: number, args: string[]): Promise<unknown[]> {
    try {
      const answer = client.evalsha(SCRIPT_SHA, keyCount, ...args).catch((error: unknown) => {
        if (!isUnknownScript(error)) throw error
        return client.eval(SCRIPT, keyCount, ...args)
      })
      return (await answer) as unknown[]
    } catch (error) {
      const why = client.status === 'ready' ? reasonOf(error) : this.#reason
      const cause = new Error(`Redis at ${new URL(this.#url).host} does not count: ${why}`)
      throw new PurserError('platform.unavailable', 'The counters do not answer.', { cause })
    }
  }

  /** As `look`, to throw what an operator needs to know, in one line. */
  async probe(key: string): Promise<void> {
    try {
      await this.look(key)
    } catch (error) {
      const { cause } = error as Error
      if (!(cause instanceof Error)) throw error
      throw new PurserError('platform.unavailable', `METERING_COUNTERS=redis: ${cause.message}`)
    }
  }

  async close(): Promise<void> {
    const client = await this.#client
    client?.disconnect()
  }

  async #open(): Promise<Redis> {
    const { Redis: Client } = await import('ioredis')
    const client = new Client(this.#url, redisClientOptions('purser-metering'))
    let wasReady = false
    client.on('error', (error) => {
      this.#reason = reasonOf(error)
    })
    client.on('ready', () => {
      wasReady = true
    })
    client.on('close', () => {
      const reason = this.#reason
      if (wasReady)
        this.#log.warn({ reason }, 'limits: Redis is lost, nothing is decided without it')
      wasReady = false
    })
    // The first attempt may fail, as any later one: the call that waits for it is told.
    await client.connect().catch(() => undefined)
    return client
  }
}

function isUnknownScript(error: unknown): boolean {
  return error instanceof Error && error.message.startsWith('NOSCRIPT')
}

/** The words alone: an error of the client holds the command, and with it what was asked. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
