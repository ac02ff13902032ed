import type { DescService } from '@bufbuild/protobuf'
import type { Client, Transport } from '@connectrpc/connect'
import type { Clock } from '@purser/kernel'
import type { Database } from '@purser/postgres'
import type { Logger, Metrics, Tracing } from '@purser/runtime'

/** What services are made of: topology.ts takes from here what each needs. */
export type Foundation = {
  clock: Clock
  log: Logger
  metrics: Metrics
  tracing: Tracing
  /** The platform's secret, the same for every process. */
  secret: string
  /** `iss` of access tokens. */
  issuer: string
  /** Workers and database sections of one service at once. */
  limits: { maxWorkers: number; maxDbJobs: number }
  /** Milliseconds after which a billing run pauses itself. */
  runTimeoutMs: number
  /** Whether this process runs the service. */
  hosts(service: string): boolean
  /** Access of a hosted service to its own schema. */
  database(service: string): Database
  /** How a hosted service's job worker reaches its schema. */
  connection(service: string): { url: string; role: string; password: string }
  /** Reaches a service, wherever it runs. */
  transport(descriptor: DescService): Transport
  /** Calls a service, wherever it runs. */
  client<Desc extends DescService>(descriptor: Desc): Client<Desc>
}
