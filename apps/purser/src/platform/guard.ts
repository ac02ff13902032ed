import { UserService } from '@purser/contracts/user/v1/user'
import {
  Authenticator,
  createServicePortAdmission,
  type GatewayDeps,
  MemoryRateLimitStore,
  type RateLimitStore,
  RedisRateLimitStore,
} from '@purser/gateway'
import type { CredentialCheck } from '@purser/rpc'
import type { Component } from '@purser/runtime'
import type { PlatformConfig } from './config.ts'
import type { Foundation } from './foundation.ts'

export { REVOCATION_BOUND_MS } from '@purser/gateway'

/** What decides on callers from outside, the same at the gateway and at the service ports. */
export type Guard = {
  authenticator: Authenticator
  rateLimitStore: RateLimitStore
  admitOutsider: CredentialCheck
  components: Component[]
}

/** Callers are counted in Redis when one is configured, else in this process. */
export function createGuard(foundation: Foundation, config: PlatformConfig): Guard {
  const { clock, issuer, log, metrics } = foundation
  const { redisUrl: url, gatewayNodes: nodes } = config
  const authenticator = new Authenticator({ user: foundation.client(UserService), clock, issuer })
  const redis = url === undefined ? [] : [new RedisRateLimitStore({ url, nodes, log, metrics })]
  const rateLimitStore = redis[0] ?? new MemoryRateLimitStore()
  const admitOutsider = createServicePortAdmission({
    authenticator,
    rateLimitStore,
    rateLimits: rateLimitsOf(config),
    trustedProxies: config.trustedProxies,
  })
  return { authenticator, rateLimitStore, admitOutsider, components: redis }
}

/** Requests a minute and caller, by class. */
export function rateLimitsOf(config: PlatformConfig): GatewayDeps['config']['rateLimits'] {
  return {
    default: config.rateLimit,
    bulk: config.rateLimitBulk,
    sensitive: config.rateLimitSensitive,
    usage: config.rateLimitUsage,
  }
}
