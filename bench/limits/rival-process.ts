import Fastify from 'fastify'
import pg from 'pg'
import { RateLimiterPostgres } from 'rate-limiter-flexible'
import { z } from 'zod'

/**
 * A route of Fastify that limits by `rate-limiter-flexible` on Postgres, as its documentation has it; its argument is
 * the server's URL. It prints one line, `ready {"url":…}`. It counts and records nothing.
 */
const bodySchema = z.object({ account_id: z.string() })

const pool = new pg.Pool({ connectionString: process.argv[2], max: 16 })
const limiter = await new Promise<RateLimiterPostgres>((resolve, reject) => {
  const made: RateLimiterPostgres = new RateLimiterPostgres(
    { storeClient: pool, points: 1_000_000_000, duration: 300, tableName: 'rival_http' },
    (error?: Error) => (error === undefined || error === null ? resolve(made) : reject(error)),
  )
})
const fastify = Fastify({ logger: false })
fastify.post('/consume', async (request, reply) => {
  const { account_id: accountId } = bodySchema.parse(request.body)
  const { remainingPoints, msBeforeNext } = await limiter.consume(accountId, 1)
  return reply.send({ allowed: true, remaining: remainingPoints, reset_ms: msBeforeNext })
})
const url = await fastify.listen({ host: '127.0.0.1', port: 0 })
console.log(`ready ${JSON.stringify({ url })}`)
