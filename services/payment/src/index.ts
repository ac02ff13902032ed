import { PaymentService } from '@purser/contracts/payment/v1/payment'
import { createActs, recordsItself } from '@purser/idempotency'
import { createJobs } from '@purser/jobs'
import { type Clock, newId } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Service, ServiceManifest } from '@purser/rpc'
import type { Logger, Metrics } from '@purser/runtime'
import type { PaymentContext } from './context.ts'
import type { PaymentProvider } from './domain/provider.ts'
import { sandboxWebhook } from './jobs/sandbox-webhook.ts'
import { sweep } from './jobs/sweep.ts'
import type { AddPaymentJob, PaymentTasks } from './jobs/tasks.ts'
import { attachPaymentMethod } from './rpc/attach-payment-method.ts'
import { cancelPayment } from './rpc/cancel-payment.ts'
import { confirmSandboxAction } from './rpc/confirm-sandbox-action.ts'
import { createPayment } from './rpc/create-payment.ts'
import { detachPaymentMethod } from './rpc/detach-payment-method.ts'
import { erasePersonalData } from './rpc/erase-personal-data.ts'
import { exportPersonalData } from './rpc/export-personal-data.ts'
import { getPayment } from './rpc/get-payment.ts'
import { listPaymentMethods } from './rpc/list-payment-methods.ts'
import { listPayments } from './rpc/list-payments.ts'
import { receiveWebhook } from './rpc/receive-webhook.ts'
import { reconcilePayments } from './rpc/reconcile-payments.ts'
import { refundPayment } from './rpc/refund-payment.ts'
import { refuseCardNumbers as tokensOnly } from './rpc/refuse-card-numbers.ts'
import { resolvePayment } from './rpc/resolve-payment.ts'
import { setDefaultPaymentMethod } from './rpc/set-default-payment-method.ts'
import { createSandboxProvider, SANDBOX, type SandboxOptions } from './sandbox/sandbox-provider.ts'
import { chargeEventBody, sandboxWebhookSecret } from './sandbox/sandbox-webhook.ts'

export type { PaymentProvider } from './domain/provider.ts'

/** What the composition root needs to know of the service before it exists. */
export const paymentManifest: ServiceManifest = {
  name: 'payment',
  descriptor: PaymentService,
  migrationsDir: new URL('../migrations/', import.meta.url),
  keepsPlans: true,
  jobsSchema: 'payment_jobs',
  calls: ['user'],
  publishesEvents: true,
  grpcPort: 50056,
}

/** What the service is given. */
export type PaymentDeps = {
  database: Database
  /** How its job worker reaches the database. */
  connection: { url: string; role: string; password: string }
  clock: Clock
  log: Logger
  metrics: Metrics
  clients: PaymentContext['clients']
  /** The platform's secret, at least 32 characters: the sandbox's webhooks are signed with a key of it. */
  secret: string
  /** Address of the web application, which has the sandbox's page for shoppers; on this machine unless given. */
  webUrl?: string
  /** Bound of one question to a provider, in milliseconds; 10,000 unless given. */
  providerTimeoutMs?: number
  /** Pause between two sweeps over payments whose outcome nobody knows, in milliseconds; 5,000 unless given. */
  sweepPauseMs?: number
  /** What stands between this service and a provider: sees every question, may break or hold it. */
  wire?: (provider: PaymentProvider) => PaymentProvider
}

const LOCAL_WEB = 'http://localhost:3000'
const PROVIDER_TIMEOUT_MS = 10_000
const SWEEP_PAUSE_MS = 5_000
/** How long the sandbox's slow token takes. */
const SLOW_MS = 2_000

/** Charges, refunds, cards by their tokens, and what providers tell. */
export function createPaymentService(deps: PaymentDeps): Service {
  const { clock, log, metrics, secret, webUrl = LOCAL_WEB } = deps
  const { wire = (provider) => provider, sweepPauseMs: pauseMs = SWEEP_PAUSE_MS } = deps
  const { database: db, define } = createActs({ database: deps.database, clock })
  const addJob: AddPaymentJob = (tx, task, payload, options) => jobs.add(tx, task, payload, options)
  const sandboxOptions = sandboxOf(deps, { addJob, webUrl })
  const sandbox = wire(createSandboxProvider(sandboxOptions))
  const ctx: PaymentContext = {
    db,
    clock,
    clients: deps.clients,
    log,
    providers: new Map([[sandbox.name, sandbox]]),
    defaultProvider: SANDBOX,
    providerTimeoutMs: deps.providerTimeoutMs ?? PROVIDER_TIMEOUT_MS,
  }
  const sweeping = sweep(ctx, { addJob, pauseMs })
  const jobs = createJobs<PaymentTasks>({
    ...deps.connection,
    schema: 'payment_jobs',
    tasks: {
      sweep: sweeping.handler,
      'sandbox-webhook': sandboxWebhook(ctx, { sandbox, secret: sandboxWebhookSecret(secret) }),
    },
    log,
    metrics,
  })
  return {
    manifest: paymentManifest,
    definition: define(PaymentService, methodsOf(ctx, sandboxOptions)),
    components: [sweeping.first, jobs],
  }
}

/** The sandbox's books are outside: on the bare database, in no transaction of ours. */
function sandboxOf(
  { database, clock, secret }: PaymentDeps,
  { addJob, webUrl }: { addJob: AddPaymentJob; webUrl: string },
): SandboxOptions {
  return {
    database,
    clock,
    webhookSecret: sandboxWebhookSecret(secret),
    webUrl,
    slowMs: SLOW_MS,
    tell: async (tx, tenant, charge) => {
      // Twice, as providers do; one event, so that it acts once.
      const body = chargeEventBody(tenant, charge, newId('evt'))
      for (let count = 0; count < 2; count++) await addJob(tx, 'sandbox-webhook', { body })
    },
  }
}

/**
 * What has an effect outside of the database is several transactions and records itself. The webhook
 * takes bytes as they were signed; every other method refuses card numbers.
 */
function methodsOf(ctx: PaymentContext, sandbox: SandboxOptions) {
  return {
    createPayment: recordsItself(tokensOnly(createPayment(ctx))),
    getPayment: tokensOnly(getPayment(ctx)),
    listPayments: tokensOnly(listPayments(ctx)),
    resolvePayment: recordsItself(tokensOnly(resolvePayment(ctx))),
    cancelPayment: recordsItself(tokensOnly(cancelPayment(ctx))),
    refundPayment: recordsItself(tokensOnly(refundPayment(ctx))),
    attachPaymentMethod: tokensOnly(attachPaymentMethod(ctx)),
    listPaymentMethods: tokensOnly(listPaymentMethods(ctx)),
    setDefaultPaymentMethod: tokensOnly(setDefaultPaymentMethod(ctx)),
    detachPaymentMethod: tokensOnly(detachPaymentMethod(ctx)),
    reconcilePayments: tokensOnly(reconcilePayments(ctx)),
    receiveWebhook: receiveWebhook(ctx),
    confirmSandboxAction: tokensOnly(confirmSandboxAction(sandbox)),
    exportPersonalData: exportPersonalData(ctx),
    erasePersonalData: erasePersonalData(ctx),
  }
}
