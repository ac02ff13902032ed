import type { DescService } from '@bufbuild/protobuf'
import type { Client, Transport } from '@connectrpc/connect'
import type { InProcessBus } from '@purser/events'
import type { Clock } from '@purser/kernel'
import type { MailSettings } from '@purser/notification'
import type { Database } from '@purser/postgres'
import type { Logger, Metrics, Tracing } from '@purser/runtime'

/** What services are made of: topology.ts takes from here what each needs. */
export type Foundation = {
  clock: Clock
  log: Logger
  metrics: Metrics
  tracing: Tracing
  /** Where services listen to each other's events. */
  bus: InProcessBus
  /** How mail leaves. */
  mail: MailSettings
  /** The platform's secret, the same for every process. */
  secret: string
  /** `iss` of access tokens. */
  issuer: string
  /** Who passkeys are made for: a host name, and the origins of its pages. */
  relyingParty: { rpId: string; origins: readonly string[] }
  /** Address of the web application, where links in mails lead. */
  webUrl: string
  /** Whether tenants may connect identity providers on this machine. */
  ssoOnLoopback: boolean
  /** The Redis that counts limits; undefined for Postgres. */
  countersUrl: string | undefined
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
