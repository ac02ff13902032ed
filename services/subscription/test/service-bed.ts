import type { Client } from '@connectrpc/connect'
import { MeteringService } from '@purser/contracts/metering/v1/metering'
import { SubscriptionService } from '@purser/contracts/subscription/v1/subscription'
import { UserService } from '@purser/contracts/user/v1/user'
import type { Clock } from '@purser/kernel'
import { createMeteringService } from '@purser/metering'
import { InProcessBus } from '@purser/events'
import type { Database } from '@purser/postgres'
import { noMetrics, silentLogger } from '@purser/runtime'
import { hostServices } from '@purser/testing'
import { createUserService } from '@purser/user'
import { createSubscriptionService } from '../src/index.ts'

/** A database of one service and how to reach it. */
export type Place = { database: Database; adminUrl: string; role: string; password: string }

/** What stands between this service and metering: it sees each call, and may break or hold it. */
export type Wire = <Request, Reply>(
  method: 'putPlanEntitlements' | 'setAccountPlans',
  request: Request,
  send: () => Promise<Reply>,
) => Promise<Reply>

/** What the user service needs for sign-in, which nobody does here. */
const ofTokens = { secret: 'a secret of tests, long enough to be one', issuer: 'purser' }

/** The subscription service with the real user and metering services beside it, in this process. */
export function startBed(
  places: { user: Place; metering: Place; subscription: Place },
  { clock, wire }: { clock: Clock; wire: Wire },
) {
  const common = { clock, log: silentLogger, metrics: noMetrics }
  const { user, metering, subscription } = places
  const neighbours = hostServices(
    createUserService({
      ...common,
      ...ofTokens,
      database: user.database,
      connection: connectionOf(user),
    }),
    createMeteringService({
      database: metering.database,
      clock,
      maxWorkers: 2,
      maxDbJobs: 2,
      log: { warn: () => undefined },
    }),
  )
  const clients = { user: neighbours(UserService), metering: neighbours(MeteringService) }
  const bus = new InProcessBus()
  const service = createSubscriptionService({
    ...common,
    bus,
    database: subscription.database,
    connection: connectionOf(subscription),
    clients: { ...clients, metering: wired(clients.metering, wire) },
  })
  return { service, bus, clients, client: hostServices(service)(SubscriptionService) }
}

function connectionOf({ adminUrl, role, password }: Place) {
  return { url: adminUrl, role, password }
}

function wired(
  metering: Client<typeof MeteringService>,
  wire: Wire,
): Client<typeof MeteringService> {
  return {
    ...metering,
    putPlanEntitlements: (request, options) =>
      wire('putPlanEntitlements', request, () => metering.putPlanEntitlements(request, options)),
    setAccountPlans: (request, options) =>
      wire('setAccountPlans', request, () => metering.setAccountPlans(request, options)),
  }
}
