import type { Component, Logger, Metrics } from '@purser/runtime'
import { MemoryRateLimitStore } from './memory-rate-limit-store.ts'
import type { BucketSize, RateLimitStore, Take } from './rate-limit-store.ts'
import { RedisBuckets } from './redis-buckets.ts'

/**
 * States of the store, and its moves:
 *
 *     shared --a command fails, is late or the connection is lost--> alone --a probe is answered--> shared
 *
 * `shared`: Redis decides. `alone`: this gateway decides by itself and asks Redis nothing but probes in the
 * background, so that no request waits for a Redis that is away.
 */
type State = 'shared' | 'alone'

/** The most that a decision waits for Redis unless given. */
const DECISION_TIMEOUT_MS = 50

const PROBE_PAUSE_MS = 500

/** How long the start waits for Redis before the gateway serves without it. */
const START_TIMEOUT_MS = 1_000

/** What the store is given. */
export type RedisRateLimitStoreOptions = {
  /** `redis://` or `rediss://`. */
  url: string
  /** Gateways that share the limits, from 1. */
  nodes: number
  log: Logger
  metrics: Metrics
  /** The most milliseconds that a decision waits for Redis; 50 unless given. */
  timeoutMs?: number
}

/**
 * Buckets that several gateways share in Redis. While Redis is slow, gone or refuses, each gateway grants its share:
 * the limit divided by `nodes`, at least one token. It counts its own share all the time, so that a loss
 * of Redis forgives nobody what this gateway granted before. Never throws, never lets through uncounted.
 */
export class RedisRateLimitStore implements RateLimitStore, Component {
  readonly name = 'rate limits in redis'
  readonly #buckets: RedisBuckets
  readonly #own = new MemoryRateLimitStore()
  readonly #nodes: number
  readonly #log: Logger
  readonly #tellState: (state: State) => void
  #state: State = 'alone'
  #probe: NodeJS.Timeout | undefined
  #stopped = false

  constructor(options: RedisRateLimitStoreOptions) {
    const { url, nodes, log, metrics, timeoutMs = DECISION_TIMEOUT_MS } = options
    this.#nodes = nodes
    this.#log = log
    const gauge = metrics.gauge(
      'purser_rate_limits_shared',
      '1 while Redis decides on rate limits, 0 while this gateway decides alone.',
    )
    this.#tellState = (state) => gauge.set({}, state === 'shared' ? 1 : 0)
    this.#buckets = new RedisBuckets({
      url,
      timeoutMs,
      onLoss: (error) => this.#goAlone(error),
    })
  }

  /** Waits a second for Redis at most: without it the gateway serves all the same. */
  async start(): Promise<void> {
    this.#tellState(this.#state)
    const connected = this.#buckets.connect().then(() => this.#askAgain())
    const timeout = Promise.withResolvers<void>()
    const timer = setTimeout(timeout.resolve, START_TIMEOUT_MS)
    await Promise.race([connected, timeout.promise]).catch(() => undefined)
    clearTimeout(timer)
    if (this.#state === 'shared') return
    connected.catch(() => undefined)
    this.#log.warn({ nodes: this.#nodes }, 'rate limits: no Redis yet, this gateway counts alone')
    this.#probeSoon()
  }

  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#probe)
    this.#buckets.close()
  }

  take(key: string, size: BucketSize, cost: number, nowMs: number): Take | Promise<Take> {
    const own = this.#own.take(key, this.#shareOf(size), cost, nowMs)
    return this.#state === 'alone' ? own : this.#takeShared(key, size, cost, own)
  }

  async #takeShared(key: string, size: BucketSize, cost: number, own: Take): Promise<Take> {
    try {
      return await this.#buckets.take(key, size, cost)
    } catch (error) {
      this.#goAlone(error)
      return own
    }
  }

  #shareOf({ capacity, refillPerSecond }: BucketSize): BucketSize {
    const nodes = this.#nodes
    return {
      capacity: Math.max(1, Math.floor(capacity / nodes)),
      refillPerSecond: refillPerSecond / nodes,
    }
  }

  #goAlone(error: unknown): void {
    if (this.#state === 'alone' || this.#stopped) return
    this.#state = 'alone'
    this.#tellState('alone')
    const reason = reasonOf(error)
    this.#log.warn({ reason, nodes: this.#nodes }, 'rate limits: Redis is lost, counting alone')
    this.#probeSoon()
  }

  #probeSoon(): void {
    clearTimeout(this.#probe)
    this.#probe = setTimeout(() => {
      this.#askAgain().catch(() => this.#probeSoon())
    }, PROBE_PAUSE_MS)
    // A process that ends does not wait for a Redis that is away.
    this.#probe.unref()
  }

  async #askAgain(): Promise<void> {
    await this.#buckets.prepare()
    if (this.#stopped || this.#state === 'shared') return
    this.#state = 'shared'
    this.#tellState('shared')
    this.#log.info({}, 'rate limits: Redis decides')
  }
}

/** The words alone: a client's error holds the command, and with it the caller. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  return cause instanceof Error ? cause.message : String(cause)
}
