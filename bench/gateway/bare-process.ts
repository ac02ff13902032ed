import Fastify from 'fastify'
import { GET_ME_PATH } from './get-me-path.ts'

/**
 * A route of Fastify alone that answers its first argument, a JSON text; the second is its path. It prints one line,
 * `ready {"url":…}`.
 */
const [body = '', path = GET_ME_PATH] = process.argv.slice(2)
const fastify = Fastify({ logger: false })
fastify.get(path, async (_request, reply) => reply.type('application/json').send(body))
const url = await fastify.listen({ host: '127.0.0.1', port: 0 })
console.log(`ready ${JSON.stringify({ url })}`)
