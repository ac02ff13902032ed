import type { DescService } from '@bufbuild/protobuf'
import type { Transport } from '@connectrpc/connect'
import type { HealthRegistry, Logger, Metrics, Tracing } from '@purser/runtime'
import type { Authenticator } from './authenticate.ts'

/** What the gateway is given. */
export type GatewayDeps = {
  config: { host: string; port: number }
  /** Contracts that it offers; their internal methods are no routes. */
  contracts: readonly DescService[]
  transport: (service: DescService) => Transport
  authenticator: Authenticator
  log: Logger
  metrics: Metrics
  tracing: Tracing
  health: HealthRegistry
}
