import { Purser } from '@purser/sdk'
import { limit } from '@purser/sdk/express'
import express from 'express'

const { PURSER_URL: baseUrl = 'http://localhost:8080', PURSER_API_KEY: apiKey = '' } = process.env
const purser = new Purser({ baseUrl, apiKey, tenant: 'acme' })
const app = express()
const guard = limit({ purser, feature: 'widgets', account: (req) => req.get('x-account') })
app.get('/widgets', guard, (_req, res) => void res.json({ widgets: ['anvil', 'bellows'] }))
app.listen(process.env['PORT'] ?? 4000, () => console.log('express is ready'))
