import type { DescService } from '@bufbuild/protobuf'
import type { Component } from '@purser/runtime'
import type { ServiceDefinition } from './service-definition.ts'

/** What is known of a service before it exists: its contract, its migrations, its default port. */
export type ServiceManifest = {
  /** Also the name of its Postgres schema and the end of its role's name. */
  name: string
  descriptor: DescService
  migrationsDir: URL
  /** Whether Postgres may keep the plans of its statements; see `MigrateOptions.keepsPlans`. */
  keepsPlans?: boolean
  /** Schema of its job worker, when it has one. */
  jobsSchema?: string
  /** Names of the services that it calls. */
  calls: readonly string[]
  /**
   * Names of services that it asks and can do without, also of those that call it. A process that
   * neither runs one nor is told its address starts all the same; calls of it are refused then.
   */
  mayCall?: readonly string[]
  /**
   * Names of services whose facts it subscribes to. These reach subscribers of the process that published them and are
   * removed then, so a process that runs one of those has to run this service too.
   */
  hears?: readonly string[]
  /** Whether its schema has an outbox that a relay has to empty. */
  publishesEvents: boolean
  /** Port on which it answers gRPC when none is configured. */
  grpcPort: number
}

/** A service as the composition root runs it: its methods, and what must be started and stopped. */
export type Service = {
  manifest: ServiceManifest
  definition: ServiceDefinition
  /** Relays, job workers and the like, in order of their start. */
  components: readonly Component[]
}
