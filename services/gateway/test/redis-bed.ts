import { createLogger, createMetrics } from '@purser/runtime'
import { startTestRedis, type TestRedis } from '@purser/testing'
import { Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { RedisRateLimitStore } from '../src/index.ts'

/** A store of one gateway of `nodes` on this Redis, stopped when the test ends, and what it said. */
export async function openRedisStore({ url }: Pick<TestRedis, 'url'>, nodes = 1) {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  const log = createLogger({ level: 'info', name: 'test', destination })
  const metrics = createMetrics({ processMetrics: false })
  // A machine that is busy with other tests is no Redis that is away.
  const store = new RedisRateLimitStore({ url, nodes, log, metrics, timeoutMs: 1_000 })
  onTestFinished(() => store.stop())
  await store.start()
  const isShared = async () => /^purser_rate_limits_shared 1$/m.test(await metrics.text())
  return { store, lines, isShared }
}

/** A Redis of this test. */
export async function openRedis(): Promise<TestRedis> {
  const redis = await startTestRedis()
  onTestFinished(() => redis[Symbol.asyncDispose]())
  return redis
}

/** Somebody else's connection to it. */
export function connectTo({ url }: TestRedis): Redis {
  const client = new Redis(url)
  onTestFinished(() => client.disconnect())
  return client
}

/** Moves every bucket into the past, as if so much time had gone by; the server's clock cannot be moved. */
export async function age(client: Redis, ms: number): Promise<void> {
  for (const key of await client.keys('purser:rate:*')) {
    const [tokens, at] = ((await client.get(key)) ?? '').split(' ')
    await client.set(key, `${tokens} ${Number(at) - ms * 1_000}`, 'KEEPTTL')
  }
}
