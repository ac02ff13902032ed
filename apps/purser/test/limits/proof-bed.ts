import { join } from 'node:path'
import type { MessageInitShape } from '@bufbuild/protobuf'
import { LimitWindow, type UsageLimitSchema } from '@purser/contracts/common/v1/entitlement'
import { Aggregation } from '@purser/contracts/metering/v1/metering'
import { asAdmin, rolePassword, startEmbeddedPostgres } from '@purser/postgres'
import { silentLogger } from '@purser/runtime'
import { temporaryFolder } from '@purser/testing'
import { Shop } from '../billing/shop.ts'
import { startServices } from '../billing/start-services.ts'
import { type ProofWorker, startNode, startNodes } from './proof-nodes.ts'

type Limit = Omit<MessageInitShape<typeof UsageLimitSchema>, '$typeName'>
type Prices = Parameters<Shop['createPlan']>[1]

export const FEATURE = 'calls'
/** The meter that admitted units are billed by. */
export const METER = 'admitted'

/** The longest window there is: it turns once in a year. */
export const longFixed = { window: LimitWindow.FIXED, windowSeconds: 31_622_400 }
/** Nothing leaves it while a proof runs. */
export const longRolling = { window: LimitWindow.ROLLING, windowSeconds: 86_400 }

/** The platform's services on a Postgres server of its own, and processes that run the engine beside them. */
export async function openProof() {
  const folder = await temporaryFolder()
  const dataDir = join(folder.path, 'postgres')
  const server = await startEmbeddedPostgres({ dataDir, log: silentLogger })
  const { adminUrl } = server
  let aheadHours = 0
  const now = () => Temporal.Now.instant().add({ hours: aheadHours })
  const services = await startServices({ postgresUrl: adminUrl, clock: { now }, maxWorkers: 2 })
  const shop = await Shop.open(services.client, 'proof')
  const { tenant } = shop
  const meter = { meterKey: METER, name: METER, eventType: METER, aggregation: Aggregation.SUM }
  await services.client.metering.createMeter({ tenant, meter }, shop.as)
  const node = { postgresUrl: adminUrl, password: rolePassword('test', 'purser_metering') }
  const began = Temporal.Now.zonedDateTimeISO('UTC').with({ day: 1 }).startOfDay().toInstant()
  const workers: ProofWorker[] = []
  let plans = 0

  const sql = async <Row extends object>(text: string, values: unknown[]): Promise<Row[]> => {
    const answer = await asAdmin(adminUrl, (client) => client.query<Row>(text, values))
    return answer.rows
  }
  /** Puts accounts on a plan of their own with this limit. */
  const entitle = async (accountIds: readonly string[], limit: Limit, prices: Prices = []) => {
    plans += 1
    const planKey = `plan-${plans}`
    const limits = [{ limitKey: 'limit', ...limit }]
    const entitlements = [{ featureKey: FEATURE, meterKey: METER, limits }]
    await shop.createPlan(planKey, prices, { entitlements })
    await shop.subscribeAll(accountIds, planKey, began.toString())
  }
  /** What is recorded of an account: units, and when they were admitted in microseconds since 1970. */
  const rowsOf = async (accountId: string): Promise<{ micros: number; units: number }[]> =>
    await sql<{ micros: number; units: number }>(
      `select (extract(epoch from time) * 1000000)::float8 as micros, quantity::float8 as units
       from metering.usage_event
       where tenant_id = $1 and subject = $2
       order by time`,
      [tenant, accountId],
    )
  return {
    shop,
    tenant,
    services,
    entitle,
    rowsOf,
    /** The month that the admitted units are billed in. */
    month: began.toString().slice(0, 7),
    /** Moves the services' present, not the database's: a month is billed when it is over. */
    lookAhead: (hours: number) => {
      aheadHours = hours
    },
    recorded: async (accountId: string) =>
      (await rowsOf(accountId)).reduce((sum, { units }) => sum + units, 0),
    counted: async (accountId: string) => {
      const [row] = await sql<{ used: number }>(
        'select used::float8 as used from metering.usage_counter where tenant_id = $1 and account_id = $2',
        [tenant, accountId],
      )
      return row?.used ?? 0
    },
    /** At least so many nodes; the first ones are the same each time. */
    nodes: async (count: number): Promise<ProofWorker[]> => {
      const missing = count - workers.length
      if (missing > 0) workers.push(...(await startNodes(missing, node)))
      return workers.slice(0, count)
    },
    /** A node that may be killed. */
    victim: (clockOffMs = 0) => startNode({ ...node, clockOffMs }),
    /** Crashes the database's server, which is started again. */
    crashServer: () => void process.kill(server.pid, 'SIGQUIT'),
    folder: folder.path,
    close: async () => {
      await Promise.all(workers.map((worker) => worker.kill()))
      await services.close()
      await server.stop()
      await folder[Symbol.asyncDispose]()
    },
  }
}

export type ProofBed = Awaited<ReturnType<typeof openProof>>

/** Divides a number of requests among nodes, as evenly as it goes. */
export function sharesOf(requests: number, nodes: number): { from: number; requests: number }[] {
  return Array.from({ length: nodes }, (_, index) => {
    const from = Math.floor((requests * index) / nodes)
    return { from, requests: Math.floor((requests * (index + 1)) / nodes) - from }
  })
}
