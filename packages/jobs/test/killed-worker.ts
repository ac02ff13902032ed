/** A process with one job that never ends, for the test that kills it. */
import { silentLogger } from '@purser/runtime'
import { createJobs } from '../src/index.ts'

const [url = '', role = '', password = '', schema = ''] = process.argv.slice(2)
const jobs = createJobs<{ hang: { n: number } }>({
  url,
  role,
  password,
  schema,
  log: silentLogger,
  tasks: {
    hang: async ({ payload }) => {
      process.stdout.write(`runs ${payload.n}\n`)
      await new Promise(() => {})
    },
  },
})
await jobs.start()
process.stdout.write('started\n')
