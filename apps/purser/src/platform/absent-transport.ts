import type { Transport } from '@connectrpc/connect'
import { PurserError } from '@purser/kernel'

/**
 * A transport to a service that this process can do without and was not told the address of: every call throws
 * `platform.unavailable`, naming the variable to set.
 */
export function createAbsentTransport(service: string): Transport {
  const refuse = async (): Promise<never> => {
    const variable = `${service.toUpperCase()}_URL`
    const message = `This process does not know where ${service} answers: set ${variable}.`
    throw new PurserError('platform.unavailable', message)
  }
  return { unary: refuse, stream: refuse }
}
