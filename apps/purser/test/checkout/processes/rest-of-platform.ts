import { freePorts } from '@purser/testing'
import { serviceNames } from '../../../src/manifests.ts'
import { type Home, type PlatformProcess, startPlatformProcess } from './platform-process.ts'

/** A process with some of the services, beside which others run. */
export type RestOfPlatform = {
  process: PlatformProcess
  /** Variables by which other processes reach its services. */
  addresses: Record<string, string>
}

/** Starts every service but those that run `elsewhere`, at ports that the others can be told. */
export async function startRest(
  home: Home,
  { elsewhere, changes = {} }: { elsewhere: readonly string[]; changes?: Record<string, string> },
): Promise<RestOfPlatform> {
  const names = ['gateway', ...serviceNames].filter((name) => !elsewhere.includes(name))
  const ports = await freePorts(names.length)
  const variables = (suffix: string, value: (port: number) => string) =>
    Object.fromEntries(
      names.flatMap((name, index) =>
        name === 'gateway' ? [] : [[`${name.toUpperCase()}_${suffix}`, value(ports[index] ?? 0)]],
      ),
    )
  const own = { ...variables('GRPC_PORT', String), SERVICES: names.join(','), ...changes }
  return {
    process: startPlatformProcess(home, { changes: own }),
    addresses: variables('URL', (port) => `http://localhost:${port}`),
  }
}
