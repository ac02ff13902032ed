import { PurserError } from '@purser/kernel'
import type { OrderClients } from '@purser/order'

/** The goods are gone when they are to be sold: the money has to go back. */
export function withoutCommit(own: OrderClients): OrderClients {
  return {
    ...own,
    catalog: {
      ...own.catalog,
      commitReservation: () =>
        Promise.reject(new PurserError('catalog.reservation_ended', 'the units are sold')),
    },
  }
}
