import {
  defineConfig,
  envFlag,
  envInteger,
  envList,
  envPort,
  envUrl,
  observabilityVariables,
  type ConfigRow,
  type ConfigSource,
  type ConfigValues,
  type Variable,
  type VariableTable,
} from '@purser/runtime'
import { isSlug } from '@purser/kernel'
import type { ServiceManifest } from '@purser/rpc'
import { z } from 'zod'
import { manifests, serviceNames } from '../manifests.ts'

/** Variables that every service has: `METERING_POSTGRES_URL`, `METERING_GRPC_PORT`, `METERING_URL`. */
const serviceVariables: Record<string, Variable> = Object.fromEntries(
  manifests.flatMap((manifest) =>
    serviceVariablesOf(manifest).map((variable) => [variable.name, variable]),
  ),
)

function serviceVariablesOf({ name, grpcPort }: ServiceManifest): Variable[] {
  const prefix = name.toUpperCase()
  return [
    {
      name: `${prefix}_POSTGRES_URL`,
      schema: envUrl(['postgres', 'postgresql']).optional(),
      secret: true,
      doc: `Postgres server of the ${name} service; POSTGRES_URL when unset`,
    },
    {
      name: `${prefix}_GRPC_PORT`,
      schema: envPort(),
      default: String(grpcPort),
      doc: `port on which the ${name} service answers gRPC, gRPC-Web and Connect; 0 takes a free one`,
    },
    {
      name: `${prefix}_URL`,
      schema: envUrl(['http']).optional(),
      doc: `where the ${name} service answers when another process runs it`,
    },
  ]
}

const MAX_RATE_LIMIT = 1_000_000

function rateLimitVariable<Name extends string>(name: Name, limit: string, requests: string) {
  return {
    name,
    schema: envInteger(0, MAX_RATE_LIMIT),
    default: limit,
    doc: `${requests}, a minute and caller; 0 is unlimited`,
  }
}

/** Every variable of the platform but those of its services, with its default. */
const platformVariables = {
  services: {
    name: 'SERVICES',
    schema: z.string(),
    default: 'all',
    doc: `services that this process runs: all, or some of gateway, ${serviceNames.join(', ')}`,
  },
  httpPort: { name: 'HTTP_PORT', schema: envPort(), default: '8080', doc: 'port of the REST API' },
  httpHost: {
    name: 'HTTP_HOST',
    schema: z.string(),
    default: 'localhost',
    doc: 'address on which the REST API listens; 0.0.0.0 opens it to the network',
  },
  grpcHost: {
    name: 'GRPC_HOST',
    schema: z.string(),
    default: 'localhost',
    doc: 'address on which the service ports listen',
  },
  rateLimit: rateLimitVariable('RATE_LIMIT_PER_MINUTE', '100', 'requests'),
  rateLimitBulk: rateLimitVariable(
    'RATE_LIMIT_BULK_PER_MINUTE',
    '1000',
    'requests of the bulk class, such as batches',
  ),
  rateLimitSensitive: rateLimitVariable(
    'RATE_LIMIT_SENSITIVE_PER_MINUTE',
    '20',
    'requests of the sensitive class, such as sign-ins, and bad credentials of one address',
  ),
  rateLimitUsage: rateLimitVariable(
    'RATE_LIMIT_USAGE_PER_MINUTE',
    '1000000',
    'decisions about usage, which answer to the limits of plans',
  ),
  redisUrl: {
    name: 'REDIS_URL',
    schema: envUrl(['redis', 'rediss']).optional(),
    secret: true,
    doc: 'Redis in which all gateways count rate limits together; each counts alone when unset',
  },
  meteringCounters: {
    name: 'METERING_COUNTERS',
    schema: z.enum(['postgres', 'redis'], 'expected postgres or redis'),
    default: 'postgres',
    doc: 'where limits are counted; redis is the one of REDIS_URL, the same for every process of metering',
  },
  gatewayNodes: {
    name: 'GATEWAY_NODES',
    schema: envInteger(1, 10_000),
    default: '1',
    doc: 'gateways that share REDIS_URL: without Redis each grants the limit divided by so many',
  },
  trustedProxies: {
    name: 'TRUSTED_PROXIES',
    schema: envList(),
    default: '',
    doc: 'addresses and networks (10.0.0.0/8), separated by commas, whose X-Forwarded-For counts',
  },
  corsOrigins: {
    name: 'CORS_ORIGINS',
    schema: envList(),
    default: '',
    doc: 'origins (https://shop.example), separated by commas, whose pages may read answers',
  },
  tokenIssuer: {
    name: 'TOKEN_ISSUER',
    schema: z.string().min(1),
    default: 'purser',
    doc: 'iss of access tokens; the same for every process',
  },
  webUrl: {
    name: 'WEB_URL',
    schema: envUrl(['http', 'https']),
    default: 'http://localhost:3000',
    doc: 'address of the web application, where links in mails lead',
  },
  ssoOnLoopback: {
    name: 'SSO_ON_LOOPBACK',
    schema: envFlag(),
    default: 'false',
    doc: 'true lets tenants connect identity providers on this machine, without TLS: for development alone',
  },
  webAuthnRpId: {
    name: 'WEBAUTHN_RP_ID',
    schema: z.string().min(1),
    default: 'localhost',
    doc: 'host name that passkeys are made for: that of the pages, or one that theirs end with; changing it disowns them',
  },
  webAuthnOrigins: {
    name: 'WEBAUTHN_ORIGINS',
    schema: envList(),
    default: 'http://localhost:3000,http://localhost:8080',
    doc: 'origins (https://shop.example), separated by commas, whose pages may use passkeys',
  },
  dataDir: {
    name: 'DATA_DIR',
    schema: z.string(),
    default: '.purser',
    doc: 'folder of the embedded Postgres and of generated secrets',
  },
  postgresUrl: {
    name: 'POSTGRES_URL',
    schema: envUrl(['postgres', 'postgresql']).optional(),
    secret: true,
    doc: 'your own Postgres (17 or newer), as a role that may create roles and schemas; embedded when unset',
  },
  secret: {
    name: 'PURSER_SECRET',
    schema: z.string().min(32).optional(),
    secret: true,
    doc: 'signs internal calls and derives database passwords; generated into DATA_DIR when unset',
  },
  maxWorkers: {
    name: 'MAX_WORKERS',
    schema: envInteger(1, 64),
    // A worker of a run waits for Postgres half of the time: three keep two cores busy.
    default: '3',
    doc: 'works of one service at once, such as workers of a billing run',
  },
  maxDbJobs: {
    name: 'MAX_DB_JOBS',
    schema: envInteger(1, 64),
    default: '4',
    doc: 'database sections of one service at once',
  },
  runDeadlineSeconds: {
    name: 'RUN_DEADLINE_SECONDS',
    schema: envInteger(1, 86_400),
    default: '120',
    doc: 'seconds after which a billing run pauses itself',
  },
  smtpUrl: {
    name: 'SMTP_URL',
    schema: envUrl(['smtp', 'smtps']).optional(),
    secret: true,
    doc: 'mail server, such as smtp://user:password@mail.example:587; unset, mail stays in /dev/inbox',
  },
  mailFrom: {
    name: 'MAIL_FROM',
    schema: z.email('expected an e-mail address').optional(),
    doc: 'address that mails come from; needed with SMTP_URL',
  },
  smtpSinkPort: {
    name: 'SMTP_SINK_PORT',
    schema: envPort(),
    default: '1025',
    doc: 'port of the built-in mail server behind /dev/inbox, on loopback; a free one when it is taken',
  },
  mailInvoices: {
    name: 'MAIL_INVOICES',
    schema: envFlag(),
    default: 'false',
    doc: 'mail each finalized invoice to the e-mail address of its account',
  },
  messageRetentionDays: {
    name: 'MESSAGE_RETENTION_DAYS',
    schema: envInteger(30, 36_500),
    default: '400',
    doc: 'days that a mail is kept in the log once it is settled whether it arrived',
  },
  defaultTenant: {
    name: 'DEFAULT_TENANT',
    schema: z.string().refine(isSlug, 'expected a slug such as acme').optional(),
    doc: 'tenant of requests without credentials that name none, such as GET /api/v1/products; acme while SEED is on',
  },
  seed: {
    name: 'SEED',
    schema: envFlag(),
    default: 'true',
    doc: 'create tenant acme, a demo API key and sample plans at first start',
  },
  ...observabilityVariables,
} as const satisfies VariableTable

/** The configuration of the whole platform, typed; a service's own variables are asked by name. */
export type PlatformConfig = ConfigValues<typeof platformVariables> & {
  /** Value of a service's variable: `ofService('metering', 'POSTGRES_URL')`. */
  ofService(service: string, suffix: 'POSTGRES_URL' | 'URL'): string | undefined
  /** Port on which a service answers gRPC. */
  grpcPortOf(service: string): number
}

/** Reads the environment over `.env`. Throws `config.invalid` naming every wrong variable. */
export function loadPlatformConfig(source?: ConfigSource): {
  config: PlatformConfig
  describe: () => ConfigRow[]
} {
  const { values, describe } = defineConfig({ ...platformVariables, ...serviceVariables }).load(
    source,
  )
  const named = values as ConfigValues<typeof platformVariables>
  const byName = values as Record<string, unknown>
  const variable = (service: string, suffix: string) => byName[`${service.toUpperCase()}_${suffix}`]
  const config: PlatformConfig = {
    ...named,
    ofService: (service, suffix) => variable(service, suffix) as string | undefined,
    grpcPortOf: (service) => variable(service, 'GRPC_PORT') as number,
  }
  return { config, describe }
}
