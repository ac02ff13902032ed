import { type Client, createClient, type Transport } from '@connectrpc/connect'
import { BillingService } from '@purser/contracts/billing/v1/billing'
import { InvoicingService } from '@purser/contracts/invoicing/v1/invoicing'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import { UserService } from '@purser/contracts/user/v1/user'
import type { Clock } from '@purser/kernel'
import { createPrincipalCodec, createServiceHost, type Service } from '@purser/rpc'
import { noMetrics, noTracing, silentLogger } from '@purser/runtime'
import { manifests } from '../../src/manifests.ts'
import { loadPlatformConfig } from '../../src/platform/config.ts'
import { startFoundation } from '../../src/platform/start-foundation.ts'
import { createServices } from '../../src/topology.ts'

/** Clients of every service. */
export type ServiceClients = {
  user: Client<typeof UserService>
  metering: Client<typeof MeteringService>
  subscription: Client<typeof SubscriptionService>
  invoicing: Client<typeof InvoicingService>
  billing: Client<typeof BillingService>
}

export type RunningServices = {
  client: ServiceClients
  services: readonly Service[]
  close(): Promise<void>
}

/** Roles belong to the whole test server: every database of it needs the passwords of this secret. */
const TEST_SECRET = 'test'

/**
 * Makes the services as `topology.ts` composes them, without gateway and ports, in a migrated database. Their
 * components are not started: nothing but calls does any work. `between` wraps the transport that the
 * services reach each other by.
 */
export async function startServices(options: {
  postgresUrl: string
  clock: Clock
  maxWorkers: number
  between?: (transport: Transport) => Transport
}): Promise<RunningServices> {
  const { postgresUrl, clock, maxWorkers, between = (transport) => transport } = options
  const env = { POSTGRES_URL: postgresUrl, MAX_WORKERS: String(maxWorkers) }
  const { foundation, connect, components } = await startFoundation({
    config: loadPlatformConfig({ env, cwd: import.meta.dirname }).config,
    hosted: new Set(manifests.map(({ name }) => name)),
    secret: TEST_SECRET,
    log: silentLogger,
    metrics: noMetrics,
    tracing: noTracing,
  })
  const services = createServices({ ...foundation, clock })
  const host = createServiceHost({
    services: services.map(({ definition }) => definition),
    log: silentLogger,
    principals: createPrincipalCodec({ key: 'a key of the tests, of thirty-two bytes' }),
  })
  for (const { name } of manifests) connect(name, between(host.transport()))
  return {
    services,
    client: {
      user: createClient(UserService, host.transport()),
      metering: createClient(MeteringService, host.transport()),
      subscription: createClient(SubscriptionService, host.transport()),
      invoicing: createClient(InvoicingService, host.transport()),
      billing: createClient(BillingService, host.transport()),
    },
    close: async () => {
      for (const component of components.toReversed()) await component.stop()
    },
  }
}
