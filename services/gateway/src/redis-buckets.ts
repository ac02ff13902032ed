import { createHash } from 'node:crypto'
import { PurserError } from '@purser/kernel'
import { redisClientOptions } from '@purser/runtime'
import type { Redis } from 'ioredis'
import type { BucketSize, Take } from './rate-limit-store.ts'
import { EPSILON, takeOf } from './token-bucket.ts'

/**
 * One decision in Redis, atomic, by the clock of Redis alone. A bucket is `<tokens> <microseconds>`: what it held at
 * that moment; it expires when it is full, since a bucket that is not known is full. A clock that went back gives
 * nothing and takes nothing. A refusal writes nothing.
 */
const SCRIPT = `
local capacity, perSecond, cost = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('time')
local now = time[1] * 1000000 + time[2]
local tokens = capacity
local known = redis.call('get', KEYS[1])
if known then
  local held, at = string.match(known, '^(%S+) (%S+)$')
  local elapsed = math.max(0, now - tonumber(at))
  tokens = math.min(capacity, tonumber(held) + elapsed * perSecond / 1000000)
end
if tokens + ${EPSILON.toFixed(6)} < math.max(1, cost) then
  return {0, string.format('%.17g', tokens)}
end
if cost > 0 then
  tokens = tokens - cost
  local fullInMs = math.ceil((capacity - tokens) / perSecond * 1000)
  local value = string.format('%.17g', tokens) .. ' ' .. string.format('%.0f', now)
  redis.call('set', KEYS[1], value, 'px', math.max(1, fullInMs))
end
return {1, string.format('%.17g', tokens)}
`

const SCRIPT_SHA = createHash('sha1').update(SCRIPT).digest('hex')

/** Other programs may use the same Redis. */
const KEY_START = 'purser:rate:'

/** `url` is `redis://` or `rediss://`. `timeoutMs` bounds a command. `onLoss` hears of each lost connection. */
type RedisBucketsOptions = { url: string; timeoutMs: number; onLoss: (error: unknown) => void }

/**
 * Token buckets in Redis, shared by all gateways. They throw `platform.unavailable` while Redis does not answer in
 * time or refuses; nothing waits for a connection. Connections that are lost come back by themselves.
 */
export class RedisBuckets {
  readonly #options: RedisBucketsOptions
  #client: Redis | undefined
  #isClosed = false

  constructor(options: RedisBucketsOptions) {
    this.#options = options
  }

  /** Resolves with the first connection, or rejects when the first attempt failed; further ones follow. */
  async connect(): Promise<void> {
    const { url, onLoss } = this.#options
    // Most gateways have no Redis.
    const { Redis: Client } = await import('ioredis')
    if (this.#isClosed) return
    const client = new Client(url, redisClientOptions('purser-gateway'))
    client.on('error', onLoss)
    client.on('close', () => onLoss(new Error('the connection was closed')))
    this.#client = client
    await client.connect()
  }

  /** Teaches Redis the script by running it, to no effect: who may connect may still not run it. */
  async prepare(): Promise<void> {
    await this.#answered((redis) => redis.eval(SCRIPT, 1, `${KEY_START}probe`, 1, 1, 0))
  }

  /** As `RateLimitStore` says, at the time of Redis. Throws when Redis was not prepared since it started. */
  async take(key: string, size: BucketSize, cost: number): Promise<Take> {
    const values = [size.capacity, size.refillPerSecond, cost]
    const answer = await this.#answered((redis) =>
      redis.evalsha(SCRIPT_SHA, 1, `${KEY_START}${key}`, ...values),
    )
    const [allowed, tokens] = answer as [number, string]
    return takeOf(size, cost, { allowed: allowed === 1, tokens: Number(tokens) })
  }

  close(): void {
    this.#isClosed = true
    this.#client?.disconnect()
  }

  async #answered<T>(ask: (redis: Redis) => Promise<T>): Promise<T> {
    const client = this.#client
    if (client === undefined)
      throw new PurserError('platform.unavailable', 'There is no Redis yet.')
    const late = Promise.withResolvers<never>()
    const refuse = () => late.reject(new Error('no answer in time'))
    // After a look at the sockets: a process that was busy itself finds the answer there.
    const timer = setTimeout(() => setImmediate(refuse), this.#options.timeoutMs)
    try {
      return await Promise.race([ask(client), late.promise])
    } catch (cause) {
      throw new PurserError('platform.unavailable', 'Redis does not answer.', { cause })
    } finally {
      clearTimeout(timer)
    }
  }
}
