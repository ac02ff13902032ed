import { Purser } from '@purser/sdk'
import { limit } from '@purser/sdk/express'
import express from 'express'

const { PURSER_URL: baseUrl = 'http://localhost:8080', PURSER_API_KEY: apiKey = '' } = process.env
const purser = new Purser({ baseUrl, apiKey, tenant: 'acme' })
const app = express()
const account = (req: express.Request) => req.get('x-account')
const guard = limit({ purser, feature: 'widgets', account, mode: 'lease' })
app.get('/widgets', guard, (_req, res) => void res.json({ widgets: ['anvil', 'bellows'] }))
const server = app.listen(process.env['PORT'] ?? 4000, () => console.log('leases is ready'))
// Reports what was used and returns what was not.
process.once('SIGTERM', () => server.close(() => void purser.close()))
