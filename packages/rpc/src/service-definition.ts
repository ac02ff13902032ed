import type { DescService } from '@bufbuild/protobuf'
import type { ServiceImpl } from '@connectrpc/connect'

/** A service of a contract and what answers it. Made by `defineService`, which checks the types. */
export type ServiceDefinition = {
  readonly service: DescService
  readonly implementation: Readonly<Record<string, unknown>>
}

/** Pairs a contract with its implementation: every method, each with the types of the contract. */
export function defineService<Desc extends DescService>(
  service: Desc,
  implementation: ServiceImpl<Desc>,
): ServiceDefinition {
  return { service, implementation }
}
