import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import { limit as limitExpress } from '@purser/sdk/express'
import { limit as limitFastify } from '@purser/sdk/fastify'
import { limit as limitHono } from '@purser/sdk/hono'
import { limit as limitNext, withLimit } from '@purser/sdk/next'
import type { Limiter, Purser } from '@purser/sdk'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { NextRequest, NextResponse } from 'next/server.js'

/** How a route is protected: it belongs to the account of `x-account`, and costs `?units`. */
type Route = {
  purser: Purser
  feature: string
  mode: 'direct' | 'lease'
  limiter?: Limiter
  headers?: 'always' | 'refusals'
  onOutage?: 'open' | 'closed'
}

/** A route of one framework that answers `{"widgets":[]}`, as its callers reach it. */
type ServedRoute = {
  get(headers: Record<string, string>, query?: string): Promise<Response>
  [Symbol.asyncDispose](): Promise<void>
}

const body = { widgets: [] }

/** What each framework's request says. */
function read(header: (name: string) => string | undefined, url: string) {
  return {
    account: header('x-account'),
    id: header('x-request-id'),
    quantity: Number(new URL(url, 'http://localhost').searchParams.get('units') ?? 1),
  }
}

async function listening(server: Server): Promise<ServedRoute> {
  if (!server.listening) await once(server, 'listening')
  const url = `http://localhost:${(server.address() as AddressInfo).port}/widgets`
  return {
    get: (headers, query = '') => fetch(url + query, { headers }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function expressRoute(route: Route): Promise<ServedRoute> {
  const app = express()
  const of = (req: express.Request) => read((name) => req.get(name), req.url)
  const guard = limitExpress({
    ...route,
    account: (req) => of(req).account,
    id: (req) => of(req).id,
    quantity: (req) => of(req).quantity,
  })
  app.get('/widgets', guard, (_req, res) => void res.json(body))
  return listening(app.listen(0))
}

async function fastifyRoute(route: Route): Promise<ServedRoute> {
  const app = fastify()
  const of = (req: fastify.FastifyRequest) => read((name) => req.headers[name]?.toString(), req.url)
  const onRequest = limitFastify({
    ...route,
    account: (req) => of(req).account,
    id: (req) => of(req).id,
    quantity: (req) => of(req).quantity,
  })
  app.get('/widgets', { onRequest }, async () => body)
  await app.listen({ port: 0 })
  return listening(app.server)
}

async function honoRoute(route: Route): Promise<ServedRoute> {
  const app = new Hono().onError((_error, c) => c.text('failed', 500))
  const guard = limitHono({
    ...route,
    account: (c) => c.req.header('x-account'),
    id: (c) => c.req.header('x-request-id'),
    quantity: (c) => Number(c.req.query('units') ?? 1),
  })
  app.get('/widgets', guard, (c) => c.json(body))
  return listening(serve({ fetch: app.fetch, port: 0 }) as Server)
}

function nextOptions(route: Route) {
  const of = (req: NextRequest) => read((name) => req.headers.get(name) ?? undefined, req.url)
  return {
    ...route,
    account: (req: NextRequest) => of(req).account,
    id: (req: NextRequest) => of(req).id,
    quantity: (req: NextRequest) => of(req).quantity,
  }
}

function asked(headers: Record<string, string>, query: string): NextRequest {
  return new NextRequest(`http://localhost/widgets${query}`, { headers })
}

async function nextHandler(route: Route): Promise<ServedRoute> {
  const handler = withLimit(nextOptions(route), () => NextResponse.json(body))
  return {
    get: (headers, query = '') => handler(asked(headers, query), undefined),
    [Symbol.asyncDispose]: async () => {},
  }
}

async function nextProxy(route: Route): Promise<ServedRoute> {
  const check = limitNext(nextOptions(route))
  const proxy = async (request: NextRequest) => {
    const { refusal, headers } = await check(request)
    return refusal ?? NextResponse.json(body, { headers })
  }
  return {
    get: (headers, query = '') => proxy(asked(headers, query)),
    [Symbol.asyncDispose]: async () => {},
  }
}

/** The protected route in every framework. */
export const servedRoutes = {
  express: expressRoute,
  fastify: fastifyRoute,
  hono: honoRoute,
  'next-handler': nextHandler,
  'next-proxy': nextProxy,
}
