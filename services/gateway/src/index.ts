import type { Component } from '@purser/runtime'
import type { GatewayDeps } from './gateway-deps.ts'
import { createHttpServer } from './http-server.ts'

export { Authenticator, type AuthenticatorOptions, type Caller } from './authenticate.ts'
export type { GatewayDeps } from './gateway-deps.ts'
export { MemoryRateLimitStore } from './memory-rate-limit-store.ts'
export type { BucketSize, RateLimitStore, Take } from './rate-limit-store.ts'
export type { RateLimits } from './rate-limiter.ts'
export { RedisRateLimitStore, type RedisRateLimitStoreOptions } from './redis-rate-limit-store.ts'

export {
  createServicePortAdmission,
  type ServicePortAdmissionOptions,
} from './service-port-admission.ts'
export { REVOCATION_BOUND_MS } from './verdict-cache.ts'

/** The public REST edge of this process. */
export type Gateway = Component & {
  /** Base URL once started, such as `http://localhost:8080`. */
  url(): string | undefined
}

/**
 * Authentication, permissions, routing, documentation and health in front of the services; no business rules.
 * Starting throws `platform.unavailable` in one line when the port is taken.
 */
export function createGateway(deps: GatewayDeps): Gateway {
  const { server, gate } = createHttpServer(deps)
  let url: string | undefined
  return {
    name: 'gateway',
    start: async () => {
      url = await server.listen(deps.config)
    },
    drain: async () => {
      deps.health.drain()
      await gate.drain()
    },
    stop: () => server.close(),
    url: () => url,
  }
}
