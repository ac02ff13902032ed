import { Purser } from '@purser/sdk'
import { withLimit } from '@purser/sdk/next'
import { NextResponse } from 'next/server.js'

const { PURSER_URL: baseUrl = 'http://localhost:8080', PURSER_API_KEY: apiKey = '' } = process.env
const purser = new Purser({ baseUrl, apiKey, tenant: 'acme' })

export const GET = withLimit(
  { purser, feature: 'widgets', account: (req) => req.headers.get('x-account') ?? undefined },
  () => NextResponse.json({ widgets: ['anvil', 'bellows'] }),
)
