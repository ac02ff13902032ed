import type { DescService } from '@bufbuild/protobuf'
import { type Client, createClient } from '@connectrpc/connect'
import { createPrincipalCodec, createServiceHost, type Service } from '@purser/rpc'
import { silentLogger } from '@purser/runtime'

/**
 * Hosts services in this process and answers typed clients of them, so that a test drives a service the way its
 * callers do: through its contract with every check on the way.
 */
export function hostServices(
  ...services: readonly Service[]
): <Desc extends DescService>(descriptor: Desc) => Client<Desc> {
  const host = createServiceHost({
    services: services.map((service) => service.definition),
    log: silentLogger,
    principals: createPrincipalCodec({ key: 'a key of the tests, of thirty-two bytes' }),
  })
  return (descriptor) => createClient(descriptor, host.transport())
}
