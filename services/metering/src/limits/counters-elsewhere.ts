import { PurserError } from '@purser/kernel'

/** SQLSTATE that functions of the schema raise, see migration 0014. */
const COUNTERS_ELSEWHERE = 'PL410'

/** What `call` answers; throws `metering.counters_elsewhere` when the counters of its tenant are kept elsewhere. */
export async function tellElsewhere<T>(call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    if ((error as { code?: string }).code !== COUNTERS_ELSEWHERE) throw error
    throw countersElsewhere(error)
  }
}

/** The refusal of a process that looks for counters where they are not: it must be started anew. */
export function countersElsewhere(cause?: unknown): PurserError {
  const message =
    'The counters of this tenant are kept elsewhere: METERING_COUNTERS of this process is not that of the others.'
  return new PurserError('metering.counters_elsewhere', message, { cause })
}

/** The refusal of reservations and leases by counters that cannot hold units. */
export function holdsRefused(): PurserError {
  const message = 'Reservations and leases need METERING_COUNTERS=postgres; consume instead.'
  return new PurserError('metering.holds_unavailable', message)
}
