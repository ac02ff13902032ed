import { assert } from '@purser/kernel'
import type { PaymentContext } from '../context.ts'
import type { PaymentProvider } from '../domain/provider.ts'

/** An answer, or that there was none. */
export type Answer<T> = { silent: false; value: T } | { silent: true }

/** The provider with this name. Every stored payment names one that there is. */
export function providerOf(ctx: PaymentContext, name: string): PaymentProvider {
  const provider = ctx.providers.get(name)
  assert(provider, () => `there is no provider ${name}`)
  return provider
}

/**
 * Asks a provider, for `providerTimeoutMs` at the most, also when it does not heed its signal. A
 * failure is silence: nobody knows then what the provider did.
 */
export async function askProvider<T>(
  ctx: PaymentContext,
  name: string,
  question: (provider: PaymentProvider, signal: AbortSignal) => Promise<T>,
): Promise<Answer<T>> {
  const signal = AbortSignal.timeout(ctx.providerTimeoutMs)
  const { promise: silence, reject } = Promise.withResolvers<never>()
  const onAbort = () => reject(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    const value = await Promise.race([question(providerOf(ctx, name), signal), silence])
    return { silent: false, value }
  } catch (err) {
    ctx.log.warn({ err, provider: name }, 'a payment provider gave no answer')
    return { silent: true }
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}
