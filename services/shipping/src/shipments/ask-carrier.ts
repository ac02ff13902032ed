import { assert } from '@purser/kernel'
import type { ShippingContext } from '../context.ts'
import type { Carrier } from '../domain/carrier.ts'

/** An answer, or that there was none. */
export type Answer<T> = { silent: false; value: T } | { silent: true }

/** The carrier with this name. Every stored shipment names one that there is. */
function carrierOf(ctx: ShippingContext, name: string): Carrier {
  const carrier = ctx.carriers.get(name)
  assert(carrier, () => `there is no carrier ${name}`)
  return carrier
}

/**
 * Asks a carrier, for `carrierTimeoutMs` at the most, also when it does not heed its signal. A failure
 * is silence: nobody knows then what the carrier did.
 */
export async function askCarrier<T>(
  ctx: ShippingContext,
  name: string,
  question: (carrier: Carrier, signal: AbortSignal) => Promise<T>,
): Promise<Answer<T>> {
  const signal = AbortSignal.timeout(ctx.carrierTimeoutMs)
  const { promise: silence, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const value = await Promise.race([question(carrierOf(ctx, name), signal), silence])
    return { silent: false, value }
  } catch (err) {
    ctx.log.warn({ err, carrier: name }, 'a carrier gave no answer')
    return { silent: true }
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
