import { NotificationService } from '@purser/contracts/notification/v1/notification'
import type { Bus } from '@purser/events'
import { createActs } from '@purser/idempotency'
import { createJobs } from '@purser/jobs'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Service, ServiceManifest } from '@purser/rpc'
import type { Logger, Metrics } from '@purser/runtime'
import type { NotificationContext } from './context.ts'
import { FIRST_DELAY_MS } from './domain/retry-schedule.ts'
import { deliver } from './jobs/deliver.ts'
import { forgetSecrets } from './jobs/forget-secrets.ts'
import { mailInvoice } from './jobs/mail-invoice.ts'
import { removeOldMessagesJob } from './jobs/remove-old-messages.ts'
import type { NotificationTasks } from './jobs/tasks.ts'
import { OutgoingMail } from './mail/outgoing-mail.ts'
import { onInvoiceReady } from './on/invoice-ready.ts'
import { TemplateLibrary } from './rendering/template-library.ts'
import { addSuppression } from './rpc/add-suppression.ts'
import { erasePersonalData } from './rpc/erase-personal-data.ts'
import { exportPersonalData } from './rpc/export-personal-data.ts'
import { getInboxMail } from './rpc/get-inbox-mail.ts'
import { getMessage } from './rpc/get-message.ts'
import { getSender } from './rpc/get-sender.ts'
import { listInboxMails } from './rpc/list-inbox-mails.ts'
import { listMessages } from './rpc/list-messages.ts'
import { listSuppressions } from './rpc/list-suppressions.ts'
import { removeSuppression } from './rpc/remove-suppression.ts'
import { retryMessage } from './rpc/retry-message.ts'
import { sendEmail } from './rpc/send-email.ts'
import { setSender } from './rpc/set-sender.ts'

/** What the composition root needs to know of the service before it exists. */
export const notificationManifest: ServiceManifest = {
  name: 'notification',
  descriptor: NotificationService,
  migrationsDir: new URL('../migrations/', import.meta.url),
  keepsPlans: true,
  jobsSchema: 'notification_jobs',
  calls: ['user'],
  publishesEvents: true,
  grpcPort: 50057,
}

/** How mail leaves. */
export type MailSettings = {
  /** `smtp://user:password@host:587` or `smtps://…`; undefined for the built-in sink. */
  smtpUrl: string | undefined
  /** Address that mails come from. */
  mailFrom: string
  /** Port of the built-in sink on loopback; a free one when it is taken. */
  sinkPort: number
  /** Whether each finalized invoice is mailed to the account that pays it. */
  mailInvoices: boolean
  /** Bound of each step with a mail server, in milliseconds; 30,000 unless given. */
  timeoutMs?: number
  /** Days that a message is kept once it is settled whether it arrived; 400 unless given. */
  keptDays?: number
  /** Delay after the first failed attempt, in milliseconds; 10,000 unless given. */
  firstDelayMs?: number
}

/** What the service is given. */
export type NotificationDeps = {
  database: Database
  /** How its job worker reaches the database. */
  connection: { url: string; role: string; password: string }
  clock: Clock
  log: Logger
  metrics: Metrics
  bus: Bus
  clients: NotificationContext['clients']
  /** The platform's secret, at least 32 characters: secrets of mails are sealed with it. */
  secret: string
  mail: MailSettings
}

const TIMEOUT_MS = 30_000

const KEPT_DAYS = 400

/** E-mail to people: templates, delivery, its log, and the inbox of a built-in mail server. */
export function createNotificationService(deps: NotificationDeps): Service {
  const { clock, log, metrics } = deps
  const { timeoutMs = TIMEOUT_MS, firstDelayMs = FIRST_DELAY_MS, ...settings } = deps.mail
  const { keptDays = KEPT_DAYS } = settings
  const mail = new OutgoingMail({ ...settings, timeoutMs, clock, log })
  const { database: db, define } = createActs({ database: deps.database, clock })
  const ctx: NotificationContext = {
    db,
    clock,
    clients: deps.clients,
    templates: new TemplateLibrary(new URL('../templates/', import.meta.url)),
    mail,
    secret: deps.secret,
    mailFrom: settings.mailFrom,
    firstDelayMs,
    addJob: (tx, task, payload, options) => jobs.add(tx, task, payload, options),
  }
  const removal = removeOldMessagesJob(ctx, keptDays)
  const jobs = createJobs<NotificationTasks>({
    ...deps.connection,
    schema: 'notification_jobs',
    tasks: {
      deliver: deliver(ctx),
      'forget-secrets': forgetSecrets(ctx),
      'mail-invoice': mailInvoice(ctx),
      'remove-old-messages': removal.handler,
    },
    log,
    metrics,
  })
  if (settings.mailInvoices) deps.bus.subscribe(onInvoiceReady(ctx))
  return {
    manifest: notificationManifest,
    definition: define(NotificationService, methodsOf(ctx)),
    components: [mail, removal.first, jobs],
  }
}

function methodsOf(ctx: NotificationContext) {
  return {
    sendEmail: sendEmail(ctx),
    listMessages: listMessages(ctx),
    getMessage: getMessage(ctx),
    retryMessage: retryMessage(ctx),
    getSender: getSender(ctx),
    setSender: setSender(ctx),
    listSuppressions: listSuppressions(ctx),
    addSuppression: addSuppression(ctx),
    removeSuppression: removeSuppression(ctx),
    listInboxMails: listInboxMails(ctx),
    getInboxMail: getInboxMail(ctx),
    exportPersonalData: exportPersonalData(ctx),
    erasePersonalData: erasePersonalData(ctx),
  }
}
