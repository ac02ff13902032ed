import type { DescService } from '@bufbuild/protobuf'
import type { Client, Transport } from '@connectrpc/connect'
import type { NotificationService } from '@purser/contracts/notification/v1/notification'
import type { HealthRegistry, Logger, Metrics, Tracing } from '@purser/runtime'
import type { Authenticator } from './authenticate.ts'
import type { RateLimitStore } from './rate-limit-store.ts'
import type { RateLimits } from './rate-limiter.ts'

/** What the gateway is given. */
export type GatewayDeps = {
  config: {
    host: string
    port: number
    rateLimits: RateLimits
    /** Addresses and networks whose `X-Forwarded-For` counts: `10.0.0.0/8`. */
    trustedProxies: readonly string[]
    /** Origins whose pages may read answers: `https://shop.example`. */
    corsOrigins: readonly string[]
    /** Tenant of callers without credentials who name none; they have to unless given. */
    defaultTenant?: string | undefined
  }
  /** Contracts that it offers; their internal methods are no routes. */
  contracts: readonly DescService[]
  transport: (service: DescService) => Transport
  authenticator: Authenticator
  log: Logger
  metrics: Metrics
  tracing: Tracing
  health: HealthRegistry
  /** Whose built-in mail server `/dev/inbox` shows; there is no such page unless given. */
  notification?: Client<typeof NotificationService>
  /** Folder of the demo shop's pictures; there are none unless given. */
  picturesDir?: URL
  /** Where rate limits are counted; in this process unless given. */
  rateLimitStore?: RateLimitStore
  /** Milliseconds that never go back, for rate limits; `performance.now` unless given. */
  nowMs?: () => number
}
