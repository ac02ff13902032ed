import { type Client, createClient, type Transport } from '@connectrpc/connect'
import { BillingService } from '@purser/contracts/billing/v1/billing'
import { CatalogService } from '@purser/contracts/catalog/v1/catalog'
import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import { UserService } from '@purser/contracts/user/v1/user'
import type { Database } from '@purser/postgres'
import { createPrincipalCodec, createServiceHost } from '@purser/rpc'
import { noMetrics, noTracing, silentLogger } from '@purser/runtime'
import { manifests } from '../../src/manifests.ts'
import { loadPlatformConfig } from '../../src/platform/config.ts'
import { startFoundation } from '../../src/platform/start-foundation.ts'
import { createServices } from '../../src/topology.ts'

/** Every service in this process, called past the gateway. */
export type Insiders = {
  transport: Transport
  user: Client<typeof UserService>
  metering: Client<typeof MeteringService>
  subscription: Client<typeof SubscriptionService>
  invoicing: Client<typeof InvoicingService>
  billing: Client<typeof BillingService>
  catalog: Client<typeof CatalogService>
  close(): Promise<void>
}

/**
 * The services as `topology.ts` composes them, on the database that a platform with the same secret serves.
 * `around` wraps the database that each of them is given. No jobs run.
 */
export async function startInsiders(options: {
  postgresUrl: string
  secret: string
  around?: (database: Database) => Database
}): Promise<Insiders> {
  const { postgresUrl, secret, around = (database) => database } = options
  const env = { POSTGRES_URL: postgresUrl, PURSER_SECRET: secret }
  const { foundation, connect, components } = await startFoundation({
    config: loadPlatformConfig({ env, cwd: import.meta.dirname }).config,
    hosted: new Set(manifests.map(({ name }) => name)),
    secret,
    log: silentLogger,
    metrics: noMetrics,
    tracing: noTracing,
  })
  const services = createServices({
    ...foundation,
    database: (service) => around(foundation.database(service)),
  })
  const host = createServiceHost({
    services: services.map(({ definition }) => definition),
    log: silentLogger,
    principals: createPrincipalCodec({ key: secret }),
  })
  const transport = host.transport()
  for (const { name } of manifests) connect(name, transport)
  return {
    transport,
    user: createClient(UserService, transport),
    metering: createClient(MeteringService, transport),
    subscription: createClient(SubscriptionService, transport),
    invoicing: createClient(InvoicingService, transport),
    billing: createClient(BillingService, transport),
    catalog: createClient(CatalogService, transport),
    close: async () => {
      for (const component of components.toReversed()) await component.stop()
    },
  }
}
