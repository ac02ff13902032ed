import type { AddressInfo, Server } from 'node:net'
import { once } from 'node:events'
import { serve } from '@hono/node-server'
import { type ConnectionOptions, Purser } from '@purser/sdk'
import { limit as limitExpress } from '@purser/sdk/express'
import { limit as limitFastify } from '@purser/sdk/fastify'
import { limit as limitHono } from '@purser/sdk/hono'
import express from 'express'
import fastify from 'fastify'
import { type Context, Hono } from 'hono'

/**
 * One route of a framework: alone, protected with leases, or so without headers on what is admitted: `framework-process.ts <express|fastify|hono> <bare|leases|quiet>
 * <connection as JSON> <feature>`. Prints `ready {"url":…}`.
 */
const [framework = '', kind = '', connection = '{}', feature = ''] = process.argv.slice(2)
const options: ConnectionOptions = JSON.parse(connection)
const protection = {
  purser: new Purser(options),
  feature,
  mode: 'lease',
  headers: kind === 'quiet' ? 'refusals' : 'always',
} as const
const isProtected = kind !== 'bare'
const ACCOUNT = 'x-account'
const BODY = { widgets: ['anvil', 'bellows'] }

function expressServer(): Server {
  const app = express()
  const account = (req: express.Request) => req.headers[ACCOUNT]?.toString()
  const guards = isProtected ? [limitExpress({ ...protection, account })] : []
  app.get('/widgets', ...guards, (_req, res) => void res.json(BODY))
  return app.listen(0, '127.0.0.1')
}

async function fastifyServer(): Promise<Server> {
  const app = fastify()
  const account = (req: fastify.FastifyRequest) => req.headers[ACCOUNT]?.toString()
  const hooks = isProtected ? { onRequest: limitFastify({ ...protection, account }) } : {}
  app.get('/widgets', hooks, async () => BODY)
  await app.listen({ host: '127.0.0.1', port: 0 })
  return app.server
}

function honoServer(): Server {
  const app = new Hono()
  const account = (c: Context) => c.req.header(ACCOUNT)
  const answer = (c: Context) => c.json(BODY)
  if (isProtected) app.get('/widgets', limitHono({ ...protection, account }), answer)
  else app.get('/widgets', answer)
  return serve({ fetch: app.fetch, hostname: '127.0.0.1', port: 0 }) as Server
}

const servers: Record<string, () => Server | Promise<Server>> = {
  express: expressServer,
  fastify: fastifyServer,
  hono: honoServer,
}

const start = servers[framework]
if (start === undefined) throw new Error(`no such framework: ${framework}`)
const server = await start()
if (!server.listening) await once(server, 'listening')
const { port } = server.address() as AddressInfo
console.log(`ready ${JSON.stringify({ url: `http://127.0.0.1:${port}/widgets` })}`)
process.once('SIGTERM', () => {
  server.close()
  void protection.purser.close().finally(() => process.exit())
})
