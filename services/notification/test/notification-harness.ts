import { fileURLToPath } from 'node:url'
import type { MessageInitShape } from '@bufbuild/protobuf'
import type { Client } from '@connectrpc/connect'
import {
  MessageState,
  NotificationService,
  type SendEmailRequestSchema,
} from '@purser/contracts/notification/v1/notification'
import { UserService } from '@purser/contracts/user/v1/user'
import { InProcessBus } from '@purser/events'
import { migrateJobs } from '@purser/jobs'
import { systemClock } from '@purser/kernel'
import { asService } from '@purser/rpc'
import { createLogger, noMetrics, silentLogger } from '@purser/runtime'
import { createTestDatabase, hostServices, type TestDatabase, waitFor } from '@purser/testing'
import { createUserService, userManifest } from '@purser/user'
import { createNotificationService, type MailSettings, notificationManifest } from '../src/index.ts'

export const as = (tenant: string) => asService('test', tenant)

const SECRET = 'a secret of tests, long enough to be one'

/** Databases of notification and user, with tenants acme and globex. */
export type NotificationBed = {
  notificationDatabase: TestDatabase
  user: Client<typeof UserService>
  /** A process of the service; it sends mail from `start` to `stop`. */
  createProcess(mail?: Partial<MailSettings>): NotificationProcess
  close(): Promise<void>
}

export type NotificationProcess = {
  notification: Client<typeof NotificationService>
  bus: InProcessBus
  /** Lines of its log. */
  lines: string[]
  start(): Promise<void>
  stop(): Promise<void>
}

export async function startBed(): Promise<NotificationBed> {
  const userDatabase = await createTestDatabase('user', fileURLToPath(userManifest.migrationsDir))
  const migrations = fileURLToPath(notificationManifest.migrationsDir)
  const notificationDatabase = await createTestDatabase('notification', migrations, {
    maxConnections: 10,
    jobs: { schema: 'notification_jobs', migrate: migrateJobs },
  })
  const connectionOf = (database: TestDatabase) => ({
    url: database.adminUrl,
    role: database.role,
    password: database.password,
  })
  const userService = createUserService({
    database: userDatabase.database,
    connection: connectionOf(userDatabase),
    clock: systemClock,
    log: silentLogger,
    metrics: noMetrics,
    secret: SECRET,
    issuer: 'test',
  })
  const user = hostServices(userService)(UserService)
  for (const tenant of ['acme', 'globex']) {
    const legalName = `${tenant[0]?.toUpperCase()}${tenant.slice(1)} Ltd.`
    await user.createTenant({ newTenant: { tenant, legalName, timeZone: 'UTC' } }, as(tenant))
  }
  return {
    notificationDatabase,
    user,
    createProcess: (mail = {}) => {
      const lines: string[] = []
      const destination = { write: (line: string) => void lines.push(line) }
      const bus = new InProcessBus()
      const service = createNotificationService({
        database: notificationDatabase.database,
        connection: connectionOf(notificationDatabase),
        clock: systemClock,
        log: createLogger({ level: 'debug', name: 'notification', destination }),
        metrics: noMetrics,
        bus,
        clients: { user },
        secret: SECRET,
        mail: {
          smtpUrl: undefined,
          mailFrom: 'no-reply@shop.test',
          sinkPort: 0,
          mailInvoices: false,
          timeoutMs: 2_000,
          firstDelayMs: 20,
          ...mail,
        },
      })
      return {
        notification: hostServices(service)(NotificationService),
        bus,
        lines,
        start: async () => {
          for (const component of service.components) await component.start()
        },
        stop: async () => {
          for (const component of service.components.toReversed()) {
            await component.drain?.()
            await component.stop()
          }
        },
      }
    },
    close: async () => {
      await notificationDatabase.close()
      await userDatabase.close()
    },
  }
}

let wantedCount = 0

/** A mail as callers want it; of which no other has the dedup id. */
export function wanted(changes: MessageInitShape<typeof SendEmailRequestSchema> = {}) {
  wantedCount += 1
  return {
    tenant: 'acme',
    templateKey: 'order_refunded',
    recipientEmail: 'ann@example.com',
    recipientName: 'Ann',
    variables: { order_number: '1001', amount: 'EUR 9.00', reason: '' },
    dedupId: `wanted-${wantedCount}`,
    ...changes,
  }
}

/** The message once it is in a state. */
export async function messageIn(
  { notification }: NotificationProcess,
  messageId: string,
  state: MessageState,
  tenant = 'acme',
) {
  return await waitFor(async () => {
    const message = await notification.getMessage({ tenant, messageId }, as(tenant))
    return message.state === state ? message : undefined
  })
}

export { MessageState }
