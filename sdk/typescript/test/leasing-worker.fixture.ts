import { Purser } from '@purser/sdk'

/**
 * A process that uses units of a feature as fast as it is let: `leasing-worker.fixture.ts <connection> <account>
 * <feature>`, the connection as JSON. It writes a line `admitted <n>` for each turn and never returns a lease by itself.
 */
const [connection = '{}', account = '', feature = ''] = process.argv.slice(2)
const limiter = new Purser(JSON.parse(connection)).limiter({ reportEveryMs: 100 })

let admitted = 0
for (;;) {
  const decision = await limiter.consume(account, feature)
  if (decision.allowed) admitted += 1
  process.stdout.write(`admitted ${admitted}\n`)
  // A turn of the event loop, so that reports leave as well.
  await new Promise((resolve) => setTimeout(resolve, decision.allowed ? 0 : 20))
}
