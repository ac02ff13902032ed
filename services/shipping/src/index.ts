import { ShippingService } from '@purser/contracts/shipping/v1/shipping'
import { createActs } from '@purser/idempotency'
import { createJobs } from '@purser/jobs'
import { type Clock, newId } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Service, ServiceManifest } from '@purser/rpc'
import type { Logger, Metrics } from '@purser/runtime'
import type { ShippingContext } from './context.ts'
import type { Carrier } from './domain/carrier.ts'
import { sandboxWebhook } from './jobs/sandbox-webhook.ts'
import { sweep } from './jobs/sweep.ts'
import type { AddShippingJob, ShippingTasks } from './jobs/tasks.ts'
import { cancelShipment } from './rpc/cancel-shipment.ts'
import { confirmQuote } from './rpc/confirm-quote.ts'
import { createShipment } from './rpc/create-shipment.ts'
import { erasePersonalData } from './rpc/erase-personal-data.ts'
import { exportPersonalData } from './rpc/export-personal-data.ts'
import { getShipment } from './rpc/get-shipment.ts'
import { getShipmentLabel } from './rpc/get-shipment-label.ts'
import { listShipments } from './rpc/list-shipments.ts'
import { methodMethods } from './rpc/method-methods.ts'
import { moveShipment } from './rpc/move-shipment.ts'
import { quoteShipping } from './rpc/quote-shipping.ts'
import { receiveTracking } from './rpc/receive-tracking.ts'
import { zoneMethods } from './rpc/zone-methods.ts'
import { createSandboxCarrier } from './sandbox/sandbox-carrier.ts'
import { newsBody, sandboxCarrierSecret } from './sandbox/sandbox-webhook.ts'

export type { Carrier } from './domain/carrier.ts'

/** What the composition root needs to know of the service before it exists. */
export const shippingManifest: ServiceManifest = {
  name: 'shipping',
  descriptor: ShippingService,
  migrationsDir: new URL('../migrations/', import.meta.url),
  keepsPlans: true,
  jobsSchema: 'shipping_jobs',
  calls: [],
  publishesEvents: true,
  grpcPort: 50058,
}

/** What the service is given. */
export type ShippingDeps = {
  database: Database
  /** How its job worker reaches the database. */
  connection: { url: string; role: string; password: string }
  clock: Clock
  log: Logger
  metrics: Metrics
  /** The platform's secret, at least 32 characters: the sandbox's webhooks are signed with a key of it. */
  secret: string
  /** Bound of one question to a carrier, in milliseconds; 10,000 unless given. */
  carrierTimeoutMs?: number
  /** Pause between two sweeps over labels that nobody has an answer for, in milliseconds; 5,000 unless given. */
  sweepPauseMs?: number
  /** What stands between this service and a carrier: sees every question, may break or hold it. */
  wire?: (carrier: Carrier) => Carrier
}

const CARRIER_TIMEOUT_MS = 10_000
const SWEEP_PAUSE_MS = 5_000

/** Delivery: where to, how, for how much; parcels on their way. */
export function createShippingService(deps: ShippingDeps): Service {
  const { clock, log, metrics, wire = (carrier) => carrier } = deps
  const { database: db, define } = createActs({ database: deps.database, clock })
  const addJob: AddShippingJob = (tx, task, payload, options) =>
    jobs.add(tx, task, payload, options)
  const sandbox = wire(sandboxOf(deps, addJob))
  const ctx: ShippingContext = {
    db,
    clock,
    log,
    carriers: new Map([[sandbox.name, sandbox]]),
    carrierTimeoutMs: deps.carrierTimeoutMs ?? CARRIER_TIMEOUT_MS,
  }
  const sweeping = sweep(ctx, { addJob, pauseMs: deps.sweepPauseMs ?? SWEEP_PAUSE_MS })
  const jobs = createJobs<ShippingTasks>({
    ...deps.connection,
    schema: 'shipping_jobs',
    tasks: {
      sweep: sweeping.handler,
      'sandbox-webhook': sandboxWebhook(ctx, {
        sandbox,
        secret: sandboxCarrierSecret(deps.secret),
      }),
    },
    log,
    metrics,
  })
  return {
    manifest: shippingManifest,
    definition: define(ShippingService, methodsOf(ctx)),
    components: [sweeping.first, jobs],
  }
}

/** The sandbox's books are outside: on the bare database, in no transaction of ours. */
function sandboxOf({ database, clock, secret }: ShippingDeps, addJob: AddShippingJob): Carrier {
  return createSandboxCarrier({
    database,
    clock,
    webhookSecret: sandboxCarrierSecret(secret),
    tell: async (tx, tenant, { key, trackingNumber }) => {
      const news = { eventId: newId('evt'), tenant, key, trackingNumber, status: 'label_ready' }
      // Twice, as carriers do; one event, so that it acts once.
      const body = newsBody(news)
      for (let count = 0; count < 2; count++) await addJob(tx, 'sandbox-webhook', { body })
    },
  })
}

function methodsOf(ctx: ShippingContext) {
  return {
    ...zoneMethods(ctx),
    ...methodMethods(ctx),
    quoteShipping: quoteShipping(ctx),
    confirmQuote: confirmQuote(ctx),
    createShipment: createShipment(ctx),
    cancelShipment: cancelShipment(ctx),
    getShipment: getShipment(ctx),
    listShipments: listShipments(ctx),
    getShipmentLabel: getShipmentLabel(ctx),
    moveShipment: moveShipment(ctx),
    receiveTracking: receiveTracking(ctx),
    exportPersonalData: exportPersonalData(ctx),
    erasePersonalData: erasePersonalData(ctx),
  }
}
