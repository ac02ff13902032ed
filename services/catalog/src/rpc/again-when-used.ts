import { isUniqueViolation } from '@purser/postgres'
import { ReservedMeanwhile } from '../stock/lock-reservation.ts'

/**
 * Does `work` once more when another call made a reservation with its id in the meantime: it is seen
 * then. A reservation is never removed, so that once is enough.
 */
export async function againWhenUsed<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const isSeenNow =
      error instanceof ReservedMeanwhile || isUniqueViolation(error, 'reservation_pkey')
    if (!isSeenNow) throw error
    return await work()
  }
}
