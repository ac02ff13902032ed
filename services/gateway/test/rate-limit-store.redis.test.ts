import { MemoryRateLimitStore } from '../src/index.ts'
import { describeRateLimitStore } from './rate-limit-store-contract.ts'
import { age, connectTo, openRedis, openRedisStore } from './redis-bed.ts'

describeRateLimitStore('buckets in memory', async () => {
  const store = new MemoryRateLimitStore()
  let nowMs = 0
  return {
    take: async (key, size, cost = 1) => store.take(key, size, cost, nowMs),
    advance: async (ms) => {
      nowMs += ms
    },
  }
})

describeRateLimitStore('buckets in Redis', async () => {
  const redis = await openRedis()
  const client = connectTo(redis)
  const { store } = await openRedisStore(redis)
  return {
    // The process's own clock stands still: that of Redis decides.
    take: async (key, size, cost = 1) => store.take(key, size, cost, 0),
    advance: (ms) => age(client, ms),
  }
})
