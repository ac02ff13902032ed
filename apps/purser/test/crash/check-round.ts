import { deepEqual, equal, ok } from 'node:assert/strict'
import { eventsIn, referenceAmounts } from '../billing/reference-bill.ts'
import type { UsageEvent } from '../billing/usage-fixture.ts'
import { accountIdOf } from './crash-load.ts'
import type { StoredInvoice, StoredRound } from './stored-round.ts'

/** What is checked in a round; each throws an AssertionError that says what differs. */

/** Price of everyPrice that is no usage, in cents. */
const BASE_FEE = 19_99n

const bounds = {
  '2026-01': ['2026-01-01T00:00:00Z', '2026-02-01T00:00:00Z'],
  '2026-02': ['2026-02-01T00:00:00Z', '2026-03-01T00:00:00Z'],
} as const

export type Month = keyof typeof bounds

const keyOf = ({ source, id }: Pick<UsageEvent, 'source' | 'id'>) => `${source}/${id}`

/** Stored are all that were acknowledged, none that was never sent, and each as it was sent. */
export async function checkEvents(
  stored: StoredRound,
  sent: readonly UsageEvent[],
  acknowledged: readonly UsageEvent[],
): Promise<void> {
  const rows = await stored.events()
  const byKey = new Map(rows.map((row) => [keyOf(row), row]))
  equal(byKey.size, rows.length, 'an event is stored twice')
  const lost = acknowledged.filter((event) => !byKey.has(keyOf(event)))
  equal(lost.length, 0, `acknowledged but not stored: ${lost.slice(0, 3).map(keyOf)}`)
  const known = new Map(sent.map((event) => [keyOf(event), event]))
  for (const [key, row] of byKey) deepEqual(plain(row), plain(known.get(key)), key)
}

function plain(event: UsageEvent | undefined) {
  // 3.10 is the same quantity as 3.1, to the last digit: numbers of two decimals are exact enough to tell.
  return (
    event && { ...event, quantity: Number(event.quantity), properties: { ...event.properties } }
  )
}

/** What must hold after every kill: nothing half-written, nothing twice, no number missing. */
export async function checkBetween(stored: StoredRound): Promise<void> {
  const invoices = await stored.invoices()
  checkUnique(invoices)
  for (const { number, total, lines } of invoices) {
    equal(sumOf(lines.map(({ amount }) => amount)), total, `lines of invoice ${number}`)
  }
  const ledger = await stored.ledger()
  const billed = ledger.reduce((count, run) => count + run.invoices, 0)
  ok(billed <= invoices.length, `${billed} items are billed, ${invoices.length} invoices exist`)
}

/** January and, when it is billed, February against a plain recomputation from the stored events. */
export async function checkInvoices(
  stored: StoredRound,
  accounts: number,
  months: readonly Month[],
): Promise<void> {
  const [invoices, events] = [await stored.invoices(), await stored.events()]
  checkUnique(invoices)
  equal(invoices.length, accounts * months.length, 'one invoice a subscription and period')
  const last = months.at(-1)
  let expectedSum = 0n
  const byAccount = Map.groupBy(events, (event) => event.subject)
  const invoicesOf = Map.groupBy(invoices, (invoice) => invoice.account)
  for (let index = 0; index < accounts; index += 1) {
    const account = accountIdOf(index)
    const own = invoicesOf.get(account) ?? []
    deepEqual(own.map(({ month }) => month).toSorted(), [...months], `invoices of ${account}`)
    for (const month of months) {
      const [start, end] = bounds[month]
      const expected = referenceAmounts(eventsIn(byAccount.get(account) ?? [], account, start, end))
      deepEqual(billedFor(own, month), expected, `${account} ${month}`)
      expectedSum += sumOf(Object.values(expected)) + BASE_FEE
    }
    const early = own.filter(({ month }) => month !== last).flatMap(({ lines }) => lines)
    ok(!early.some(({ kind }) => kind === 'adjustment'), 'nothing was late for the first month')
  }
  equal(sumOf(invoices.map(({ total }) => total)), expectedSum, 'sum of all invoices')
  await checkLedger(stored, invoices, months)
}

/** The ledger and what was told agree with the invoices. A month may have had further runs, with nothing to bill. */
async function checkLedger(
  stored: StoredRound,
  invoices: readonly StoredInvoice[],
  months: readonly Month[],
): Promise<void> {
  const ledger = await stored.ledger()
  deepEqual(new Set(ledger.map(({ status }) => status)), new Set(['completed']), 'states of runs')
  const withInvoices = ledger.filter((run) => run.invoices > 0)
  deepEqual(
    withInvoices.map(({ month, invoices: count, amount }) => ({ month, count, amount })),
    months.map((month) => {
      const own = invoices.filter((invoice) => invoice.month === month)
      return { month, count: own.length, amount: sumOf(own.map(({ total }) => total)) }
    }),
    'the ledger',
  )
  const told = await stored.told()
  deepEqual(told.runs, ledger.map(({ month }) => month).toSorted(), 'runs told as completed')
  deepEqual(
    told.invoices.toSorted((a, b) => a - b),
    invoices.map(({ number }) => number),
    'invoices told as ready',
  )
}

function checkUnique(invoices: readonly StoredInvoice[]): void {
  deepEqual(
    invoices.map(({ number }) => number),
    invoices.map((_, index) => index + 1),
    'numbers without gaps',
  )
  const bills = invoices.map(({ subscription, month, kind }) => `${subscription}/${month}/${kind}`)
  equal(new Set(bills).size, bills.length, 'a period is billed twice')
}

/** What an account was billed for the usage of a month, adjustments on later invoices included, by price. */
function billedFor(invoices: readonly StoredInvoice[], month: Month): Record<string, bigint> {
  const billed: Record<string, bigint> = {}
  for (const { kind, price, month: of, amount } of invoices.flatMap(({ lines }) => lines)) {
    if (of !== month || kind === 'recurring') continue
    billed[price] = (billed[price] ?? 0n) + amount
  }
  return billed
}

function sumOf(amounts: readonly bigint[]): bigint {
  return amounts.reduce((sum, amount) => sum + amount, 0n)
}
