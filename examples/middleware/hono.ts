import { serve } from '@hono/node-server'
import { Purser } from '@purser/sdk'
import { limit } from '@purser/sdk/hono'
import { Hono } from 'hono'

const { PURSER_URL: baseUrl = 'http://localhost:8080', PURSER_API_KEY: apiKey = '' } = process.env
const purser = new Purser({ baseUrl, apiKey, tenant: 'acme' })
const guard = limit({ purser, feature: 'widgets', account: (c) => c.req.header('x-account') })
const app = new Hono().get('/widgets', guard, (c) => c.json({ widgets: ['anvil', 'bellows'] }))
serve({ fetch: app.fetch, port: Number(process.env['PORT'] ?? 4000) })
console.log('hono is ready')
