import Fastify from 'fastify'
import { GET_ME_PATH } from './get-me-path.ts'

/** A route of Fastify alone that answers its argument, a JSON text; it prints one line, `ready {"url":…}`. */
const body = process.argv[2] ?? ''
const fastify = Fastify({ logger: false })
fastify.get(GET_ME_PATH, async (_request, reply) => reply.type('application/json').send(body))
const url = await fastify.listen({ host: '127.0.0.1', port: 0 })
console.log(`ready ${JSON.stringify({ url })}`)
