import { createWriteStream } from 'node:fs'
import { createLogger } from '@purser/runtime'
import { startEmbeddedPostgres } from './start-embedded-postgres.ts'

/**
 * A process of the tests: supervises the data folder of its first argument until SIGTERM; logs to a
 * file if the second argument names one.
 */
const [dataDir = '', logPath] = process.argv.slice(2)
const log = createLogger({
  level: logPath ? 'info' : 'silent',
  name: 'fixture',
  ...(logPath ? { destination: createWriteStream(logPath) } : {}),
})
try {
  const server = await startEmbeddedPostgres({ dataDir, log })
  const { pid, attached, adminUrl } = server
  console.log(`ready ${JSON.stringify({ pid, attached, adminUrl })}`)
  const stayAlive = setInterval(() => undefined, 60_000)
  process.once('SIGTERM', async () => {
    clearInterval(stayAlive)
    await server.stop()
    console.log('stopped')
  })
} catch (error) {
  console.log(`refused ${error instanceof Error ? error.message : error}`)
}
