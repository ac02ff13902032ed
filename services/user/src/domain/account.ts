import type { Address } from './address.ts'

export type AccountKind = 'person' | 'organization'

/** Who buys from a tenant. */
export type Account = {
  accountId: string
  name: string
  kind: AccountKind
  /** Empty when not known. */
  email: string
  address: Address | undefined
  createdAt: Temporal.Instant
  /** When what is personal about it was erased. */
  erasedAt?: Temporal.Instant | undefined
}
