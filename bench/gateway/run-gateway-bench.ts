import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { type NodeProcess, spawnNode } from '@purser/testing'
import { z } from 'zod'
import { measureLoad } from '../load/measure-load.ts'
import { GET_ME_PATH } from './get-me-path.ts'
import { formatReport, type GatewayFigures } from './report.ts'

/**
 * What the gateway's own guards cost: `npm run bench:gateway [-- --rounds 3] [-- --log-level warn]`. Requests a second
 * through the gateway, signed in, limited and permitted, against a route of Fastify alone with the same body.
 */
const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    // The platform's own default: a line a request.
    'log-level': { type: 'string', default: 'info' },
  },
})

/** As the platform's command runs it. */
const MEMORY_FLAGS = ['--max-semi-space-size=32', '--max-old-space-size=512']

const READY = /^ready (.+)$/m

const readySchema = z.object({ url: z.url(), token: z.string().default('') })
type Server = z.output<typeof readySchema>

await using gatewayProcess = start('gateway-process.ts', values['log-level'])
const gateway = await ready(gatewayProcess)
const body = await answerOf(gateway)
await using bareProcess = start('bare-process.ts', body)
// The same request to both, so the same bytes to parse.
const bare = { ...(await ready(bareProcess)), token: gateway.token }

const figures: GatewayFigures = { bareRates: [], gatewayRates: [] }
for (let round = 1; round <= Number(values.rounds); round += 1) {
  figures.bareRates.push(await measure(bare))
  figures.gatewayRates.push(await measure(gateway))
  console.error(
    `round ${round}: bare ${figures.bareRates.at(-1)}/s, gateway ${figures.gatewayRates.at(-1)}/s`,
  )
}
console.log(formatReport({ ...figures, logLevel: values['log-level'], processors: cpus() }))

function start(file: string, ...args: string[]): NodeProcess {
  return spawnNode([...MEMORY_FLAGS, join(import.meta.dirname, file), ...args])
}

async function ready(server: NodeProcess): Promise<Server> {
  const [, text = ''] = await server.waitForLine(READY)
  return readySchema.parse(JSON.parse(text))
}

async function answerOf({ url, token }: Server): Promise<string> {
  const headers = { authorization: `Bearer ${token}` }
  const response = await fetch(`${url}${GET_ME_PATH}`, { headers })
  const text = await response.text()
  const isLimited = response.headers.has('ratelimit-remaining')
  if (!response.ok || !isLimited) throw new Error(`the gateway answered ${response.status} ${text}`)
  return text
}

/** Requests a second that a server answers. */
async function measure({ url, token }: Server): Promise<number> {
  const headers = { authorization: `Bearer ${token}` }
  const { rate } = await measureLoad({
    url,
    paths: [GET_ME_PATH],
    headers,
    expected: body,
    awake: true,
  })
  return rate
}
