import { setTimeout as sleep } from 'node:timers/promises'
import type { DescService } from '@bufbuild/protobuf'
import {
  Health,
  HealthCheckResponse_ServingStatus as Status,
} from '@purser/contracts/grpc/health/v1/health'
import { PurserError } from '@purser/kernel'
import type { HealthRegistry } from '@purser/runtime'
import { defineService, type ServiceDefinition } from './service-definition.ts'

const WATCH_INTERVAL_MS = 1000

/**
 * `grpc.health.v1.Health` from the process's registry: all services of a process are ready
 * together. `Watch` looks every second and ends when the process drains, so that it never delays a
 * stop.
 */
export function healthService(
  services: readonly DescService[],
  health: HealthRegistry | undefined,
): ServiceDefinition {
  const names = new Set(['', Health.typeName, ...services.map((service) => service.typeName)])

  const look = async (service: string) => {
    if (!names.has(service)) return { status: Status.SERVICE_UNKNOWN, draining: false }
    const readiness = await health?.ready()
    const ready = readiness?.ready ?? true
    const status = ready ? Status.SERVING : Status.NOT_SERVING
    return { status, draining: readiness?.draining ?? false }
  }

  return defineService(Health, {
    async check({ service }) {
      const { status } = await look(service)
      if (status !== Status.SERVICE_UNKNOWN) return { status }
      throw new PurserError('resource.not_found', `${service} is not hosted here`)
    },
    async *watch({ service }, { signal }) {
      let told: Status | undefined
      while (true) {
        const { status, draining } = await look(service)
        if (status !== told) yield { status }
        told = status
        if (draining) return
        await sleep(WATCH_INTERVAL_MS, undefined, { signal })
      }
    },
  })
}
