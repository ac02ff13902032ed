import type { Money as ProtoMoney } from '@purser/contracts/common/v1/common'
import { type Money, PurserError } from '@purser/kernel'

/** Largest amount of one payment in minor units: beyond it a mistake is likelier than a sale. */
const LARGEST_MINOR = 999_999_999_999n

/** An amount to charge or to give back. Throws `request.invalid` unless it is above 0 and sane. */
export function fromProtoAmount(amount: ProtoMoney | undefined): Money {
  const { amountCents: amountMinor = 0n, currency = '' } = amount ?? {}
  if (amountMinor >= 1n && amountMinor <= LARGEST_MINOR) return { amountMinor, currency }
  const message = `must be from 1 to ${LARGEST_MINOR} minor units`
  throw new PurserError('request.invalid', `amount.amount_cents ${message}`, {
    fields: [{ field: 'amount.amount_cents', message }],
  })
}
