import type { Transport } from '@connectrpc/connect'
import { Shop, type ShopOptions } from './shop.ts'
import { type RunningServices, startServices } from './start-services.ts'
import { createPlatformDatabase } from '../platform-database.ts'

/** Every service as the platform composes them, on one database, reached by contract clients. */
export type Billing = Awaited<ReturnType<typeof startBilling>>

/** A method of a service that a test interferes with, when another service calls it. */
export type Interference = {
  /** Such as `issueInvoices`. */
  method: string
  before?: () => Promise<void> | void
  /** Called once the answer is there; throwing loses it, as a crash of the caller does. */
  after?: () => Promise<void> | void
}

/**
 * Boots the services on a fresh database. The present is `present.now`, which moves on with every look, so that
 * what follows has a later time. Nothing but calls of the test does any work, unless `withJobs` starts
 * the job worker.
 */
export async function startBilling(options: { withJobs?: boolean } = {}) {
  const database = await createPlatformDatabase()
  const present = { now: Temporal.Instant.from('2026-08-15T12:00:00Z') }
  const now = () => {
    present.now = present.now.add({ milliseconds: 1 })
    return present.now
  }
  const interferences = new Set<Interference>()
  const { client, services, close } = await startServices({
    postgresUrl: database.adminUrl,
    clock: { now },
    maxWorkers: 2,
    between: (transport) => interruptible(transport, interferences),
  })
  /** The services once more on the same database, as in a second process, interfered with to the end. */
  const startBeside = async (interference: Interference) => {
    const others = new Set([interference])
    const beside = await startServices({
      postgresUrl: database.adminUrl,
      clock: { now },
      maxWorkers: 2,
      between: (transport) => interruptible(transport, others),
    })
    besides.push(beside)
    return beside.client
  }
  const besides: RunningServices[] = []
  const jobs = options.withJobs ? services.flatMap((service) => service.components) : []
  for (const component of jobs) await component.start()
  let shopCount = 0
  return {
    client,
    present,
    postgresUrl: database.adminUrl,
    adminQuery: database.adminQuery,
    startBeside,
    /** A new tenant with meters of every aggregation; see Shop. */
    openShop: (shop: ShopOptions = {}) => {
      shopCount += 1
      return Shop.open(client, `shop-${shopCount}`, shop)
    },
    /** Interferes with the calls between services while `work` runs. */
    interfere: async <T>(interference: Interference, work: () => Promise<T>): Promise<T> => {
      interferences.add(interference)
      try {
        return await work()
      } finally {
        interferences.delete(interference)
      }
    },
    close: async () => {
      for (const component of jobs.toReversed()) {
        await component.drain?.()
        await component.stop()
      }
      for (const beside of besides) await beside.close()
      await close()
      await database.close()
    },
  }
}

/** The transport between services; unary calls that a test interferes with are stopped on their way. */
function interruptible(target: Transport, interferences: ReadonlySet<Interference>): Transport {
  return {
    stream: target.stream.bind(target),
    unary: async (method, ...call) => {
      const found = [...interferences].filter((one) => one.method === method.localName)
      for (const { before } of found) await before?.()
      const answer = await target.unary(method, ...call)
      for (const { after } of found) await after?.()
      return answer
    },
  }
}
