import { PurserError } from '@purser/kernel'
import type { InvoiceLine } from './invoice-line.ts'

/** Greatest amount of a line and of an invoice, minor units: what every reader of JSON holds exactly. */
const MAX_AMOUNT_MINOR = BigInt(Number.MAX_SAFE_INTEGER)

/**
 * Refuses lines that no invoice can bear, before they reach their neighbours' transaction. Throws
 * `billing.amount_too_large`.
 */
export function checkAmounts(
  lines: readonly Pick<InvoiceLine, 'priceKey' | 'amountMinor'>[],
): void {
  let subtotalMinor = 0n
  for (const { priceKey, amountMinor } of lines) {
    if (isTooLarge(amountMinor)) throw tooLarge(`price "${priceKey}"`, amountMinor)
    subtotalMinor += amountMinor
  }
  if (isTooLarge(subtotalMinor)) throw tooLarge('the invoice', subtotalMinor)
}

function isTooLarge(amountMinor: bigint): boolean {
  return amountMinor > MAX_AMOUNT_MINOR || amountMinor < -MAX_AMOUNT_MINOR
}

function tooLarge(what: string, amountMinor: bigint): PurserError {
  return new PurserError(
    'billing.amount_too_large',
    `The amount of ${what} is ${amountMinor} minor units; at most ${MAX_AMOUNT_MINOR} can be billed.`,
  )
}
