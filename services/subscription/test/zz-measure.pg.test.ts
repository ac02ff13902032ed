import { appendFileSync } from 'node:fs'
import { test } from 'vitest'
import { at, perUnit, flat, startSubscription } from './subscription-harness.ts'
test('measure', async () => {
  const s = await startSubscription()
  const people = Array.from({ length: 22_000 }, (_, i) => `acct-${i}`)
  const t0 = performance.now()
  await s.createTenant('acme', people.slice(0, 1))
  const users = (await import('@purser/contracts/user/v1/user')).UserService
  const time = async (label: string, f: () => Promise<unknown>) => {
    const t = performance.now()
    const r = await f()
    appendFileSync('/tmp/measure.txt', [label, (performance.now() - t).toFixed(0)].join(' ') + '\n')
    return r
  }
  for (let i = 0; i < 22_000; i += 5_000) {
    const accounts = people
      .slice(i, i + 5000)
      .map((accountId) => ({ accountId, name: accountId, email: 'a@example.com' }))
    await time('accounts', () =>
      s.clients.user.batchCreateAccounts({ tenant: 'acme', accounts }, s.as('acme')),
    )
  }
  await s.createPlan('acme', 'p', [perUnit('calls'), perUnit('storage'), flat()])
  for (let i = 0; i < 22_000; i += 5_000) {
    const subs = people
      .slice(i, i + 5000)
      .map((accountId, j) => ({
        accountId,
        planKey: 'p',
        startTime: at(`2026-0${1 + (j % 2)}-01T0${j % 10}:00:00Z`),
      }))
    await time('subs', () => s.subscribeAll('acme', subs))
    if (i === 0) await time('subs again', () => s.subscribeAll('acme', subs))
  }
  for (let k = 0; k < 3; k++)
    await time('due total', async () => {
      let pageToken = ''
      let n = 0
      do {
        const r = await s.client.listDuePeriods(
          {
            tenant: 'acme',
            endsAfter: at('2026-02-01T00:00:00Z'),
            endsUntil: at('2026-03-01T00:00:00Z'),
            pageToken,
          },
          s.as('acme'),
        )
        n += r.periods.length
        pageToken = r.nextPageToken
      } while (pageToken)
      appendFileSync('/tmp/measure.txt', n + '\n')
    })
  await time('list 1000', () =>
    s.client.listSubscriptions({ tenant: 'acme', pageSize: 1000 }, s.as('acme')),
  )
  await s.close()
}, 60000)
