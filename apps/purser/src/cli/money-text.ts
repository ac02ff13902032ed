import type { Money } from '@purser/contracts/common/v1/common'
import { formatMoney } from '@purser/kernel'

/** Money of the contract for people, such as `USD 1,234.50`. */
export function moneyText(money: Money | undefined): string {
  return money ? formatMoney({ amountMinor: money.amountCents, currency: money.currency }) : '-'
}
