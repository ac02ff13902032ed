import { processSignal } from '@purser/runtime'
import { loadPlatformConfig } from '../platform/config.ts'
import { type Platform, startPlatform } from '../platform/platform.ts'
import { once } from 'node:events'

/** Runs the platform until Ctrl-C, then drains and stops everything. */
export async function start(): Promise<void> {
  const startedMs = performance.now()
  const { config } = loadPlatformConfig()
  const signal = processSignal()
  const platform = await startPlatform(config, signal)
  const hasInbox = config.smtpUrl === undefined
  console.log(welcome(platform, (performance.now() - startedMs) / 1_000, hasInbox))
  if (!signal.aborted) await once(signal, 'abort')
  console.log('\nStopping: finishing what is under way, then the database ...')
  await platform.stop()
  console.log('Stopped. Starting again finds the same data.')
}

function welcome({ url, demoKey }: Platform, seconds: number, hasInbox: boolean): string {
  const lines = [`\nPurser is ready after ${seconds.toFixed(1)} s.`]
  if (url === undefined)
    return [...lines, '  This process runs no gateway; its services answer gRPC.'].join('\n')
  lines.push(
    '',
    `  API       ${url}/api/v1`,
    `  Docs      ${url}/docs`,
    `  Health    ${url}/health/ready`,
  )
  if (hasInbox) lines.push(`  Inbox     ${url}/dev/inbox   (mail that the platform sent)`)
  if (demoKey === undefined) return lines.join('\n')
  return [
    ...lines,
    `  Tenant    acme`,
    `  API key   ${demoKey}   (a demo key, all permissions in acme)`,
    '',
    'Try, in another terminal:',
    '',
    `  npm run demo`,
    `  curl -s -H 'Authorization: Bearer ${demoKey}' ${url}/api/v1/tenants/acme`,
    `  curl -s -X POST -H 'Authorization: Bearer ${demoKey}' '${url}/api/v1/tenants/acme/billing/runs?records=100000'`,
    '',
    'Ctrl-C stops everything.',
  ].join('\n')
}
