import { ok } from 'node:assert/strict'
import { type CheckoutPoint, checkoutSteps } from '@purser/order'
import { freePorts } from '@purser/testing'
import { crashAt, type Deployment, type Flow, flows, pointsOf, settle } from './crash-check.ts'
import { addProduct } from './http-shop.ts'
import { type PlatformProcess, startPlatformProcess } from './platform-process.ts'
import { createProofDatabases, type ProofDatabases } from './proof-databases.ts'
import { raceForUnits, raceOfAdds, raceOfOneCall } from './race-check.ts'
import { startRest } from './rest-of-platform.ts'

/** Tells how a check ended: what it found, or what it threw. */
export type Check = (name: string, work: () => Promise<unknown>) => Promise<void>

const PLENTY = 1_000_000
const PROCESSES = [1, 2, 4]

/** What runs several times in a race, behind as many gateways. */
const SHOP = ['gateway', 'catalog', 'cart', 'order', 'payment', 'shipping']

/** Few connections for each service: a server takes 300. */
const SPARING = { MAX_DB_JOBS: '1' }

/** Steps of exchanges alone: `exchange-crash.pg.test.ts` tries them. */
const ELSEWHERE = new Set(['hold_order'])

type Suite = { check: Check; databases: ProofDatabases; dataDir: string }

/** Checkouts against real processes on one Postgres server: races over HTTP, then kills at every point. */
export async function runProcessSuite(options: {
  serverUrl: string
  dataDir: string
  check: Check
}): Promise<void> {
  const { serverUrl, dataDir, check } = options
  const databases = await createProofDatabases(serverUrl, dataDir)
  const suite = { check, databases, dataDir }
  await runRaces(suite)
  const whole = await platformInOne(suite)
  const tries: Try[] = []
  await check('every step of a purchase has its points', async () => {
    for (const flow of flows) {
      const points = await pointsOf(flow, whole)
      tries.push(...points.map((point) => ({ flow, point })))
    }
    const steps = checkoutSteps.filter((step) => !ELSEWHERE.has(step))
    const missing = steps.filter((step) => !tries.some(({ point }) => point.includes(step)))
    ok(missing.length === 0, `nothing is tried at ${missing}`)
    return `${tries.length} points`
  })
  const apart = await orderApart(suite)
  await Promise.all([
    // The last points first: what a crash left is past the next point, and goes on to its end.
    runCrashes(check, whole, { tries: tries.toReversed(), hits: [1] }),
    // The first points first: what a crash left is killed at the next one again.
    runCrashes(check, apart, { tries, hits: [2, 3] }).finally(() => apart.stop()),
  ])
}

/** A point at which a process is killed, and what shoppers do meanwhile. */
type Try = { flow: Flow; point: CheckoutPoint }

/** The shop's services in one, two and four processes beside one process with all the others. */
async function runRaces({ check, databases, dataDir }: Suite): Promise<void> {
  const { postgresUrl, books } = await databases.copy('races')
  const home = { postgresUrl, dataDir }
  const rest = await startRest(home, { elsewhere: SHOP, changes: SPARING })
  await rest.process.ready()
  const changes = { ...SPARING, ...rest.addresses, SERVICES: SHOP.join(',') }
  const started: PlatformProcess[] = []
  for (const count of PROCESSES) {
    while (started.length < count) started.push(startPlatformProcess(home, { changes }))
    const urls = await Promise.all(started.map((each) => each.ready()))
    const doors = { urls, key: databases.key, books }
    const among = (what: string) => `${what}, ${count} ${count === 1 ? 'process' : 'processes'}`
    await check(among('200 shoppers for 50 units'), () => raceForUnits(doors, 200, 50))
    await check(among('20 shoppers for the last unit'), () => raceForUnits(doors, 20, 1))
    await check(among('the same final call 20 times at once'), () => raceOfOneCall(doors, 20))
    await check(among('nine adds to one cart at once'), () => raceOfAdds(doors, 9))
  }
  await Promise.all([rest.process, ...started].map((each) => each.kill()))
}

/** One point after the other; what a crash leaves is gone on with by the processes after it. */
async function runCrashes(
  check: Check,
  on: Deployment,
  { tries, hits }: { tries: readonly Try[]; hits: readonly number[] },
): Promise<void> {
  for (const { flow, point } of tries) {
    for (const hit of hits) {
      const name = `${on.name}, ${flow.name}: killed at hit ${hit} of ${point}`
      await check(name, () => crashAt(flow, on, { point, hit }))
    }
  }
  await check(`${on.name}: all goes on, and the books balance`, () => settle(on))
}

/** Every service in the process that dies. */
async function platformInOne({ databases, dataDir }: Suite): Promise<Deployment> {
  const { postgresUrl, books } = await databases.copy('whole')
  const home = { postgresUrl, dataDir }
  await using first = startPlatformProcess(home)
  const variantId = await addProduct(await first.ready(), databases.key, PLENTY)
  return {
    name: 'one process',
    variantId,
    start: (plan) => startPlatformProcess(home, { plan }),
    url: (started) => started.ready(),
    books,
  }
}

/** Orders and what they hear of in a process of their own, which dies; the gateway and the others go on. */
async function orderApart({
  databases,
  dataDir,
}: Suite): Promise<Deployment & { stop(): Promise<unknown> }> {
  const { postgresUrl, books } = await databases.copy('apart')
  const home = { postgresUrl, dataDir }
  const [order, shipping] = await freePorts(2)
  const rest = await startRest(home, {
    elsewhere: ['order', 'shipping'],
    changes: {
      ORDER_URL: `http://localhost:${order}`,
      SHIPPING_URL: `http://localhost:${shipping}`,
    },
  })
  const url = await rest.process.ready()
  const variantId = await addProduct(url, databases.key, PLENTY)
  const changes = {
    ...rest.addresses,
    SERVICES: 'order,shipping',
    ORDER_GRPC_PORT: String(order),
    SHIPPING_GRPC_PORT: String(shipping),
  }
  return {
    name: 'order and shipping in a process of their own',
    variantId,
    start: (plan) => startPlatformProcess(home, { plan, changes }),
    url: async (started) => {
      await started.ready()
      return url
    },
    books,
    stop: () => rest.process.kill(),
  }
}
