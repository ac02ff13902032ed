import { Purser } from '@purser/sdk'
import { limit } from '@purser/sdk/fastify'
import fastify from 'fastify'

const { PURSER_URL: baseUrl = 'http://localhost:8080', PURSER_API_KEY: apiKey = '' } = process.env
const purser = new Purser({ baseUrl, apiKey, tenant: 'acme' })
const app = fastify()
const account = (req: fastify.FastifyRequest) => req.headers['x-account']?.toString()
const onRequest = limit({ purser, feature: 'widgets', account })
app.get('/widgets', { onRequest }, async () => ({ widgets: ['anvil', 'bellows'] }))
await app.listen({ port: Number(process.env['PORT'] ?? 4000) })
console.log('fastify is ready')
