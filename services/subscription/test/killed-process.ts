import assert from 'node:assert/strict'
import { createDatabase } from '@purser/postgres'
import { asService } from '@purser/rpc'
import { silentLogger } from '@purser/runtime'
import { type Place, startBed } from './service-bed.ts'

/**
 * A process that subscribes an account and dies between its commit and the call to metering. PLACES
 * are the databases of the test; it never ends by itself.
 */
const placesText = process.env['PLACES']
assert(placesText, 'PLACES is set')
const given = JSON.parse(placesText) as Record<'user' | 'metering' | 'subscription', Place>

const opened = ([schema, place]: [string, Place]) => {
  const { adminUrl: url, role, password } = place
  const database = createDatabase({ url, schema, role, password, log: silentLogger })
  return [schema, { ...place, database }]
}

const { client } = startBed(Object.fromEntries(Object.entries(given).map(opened)), {
  clock: { now: () => Temporal.Instant.from('2026-02-15T12:00:00Z') },
  wire: async () => {
    process.kill(process.pid, 'SIGKILL')
    return await new Promise<never>(() => undefined)
  },
})
const subscription = { accountId: 'ann', planKey: 'free' }
await client.createSubscription({ tenant: 'acme', subscription }, asService('test', 'acme'))
