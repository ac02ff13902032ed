import { FEATURE, longFixed, METER, type ProofBed, sharesOf } from './proof-bed.ts'

const NODES = 3
const INCLUDED = 100
/** Beyond the end of any month, seen from any day of it. */
const NEXT_MONTH_HOURS = 40 * 24

/** Units of one account: admitted, and what its invoice says of them. */
export type BilledResult = { admitted: number; metered: number; included: number; billed: number }

/** Processes use up a limit, the month is billed by a real run: a dollar for each unit beyond those included. */
export async function billAdmitted(bed: ProofBed, limit: number): Promise<BilledResult> {
  const accountId = `billed-${limit}`
  const model = {
    case: 'perUnit' as const,
    value: { unitAmount: '1', freeQuantity: String(INCLUDED) },
  }
  const prices = [{ priceKey: METER, description: METER, meterKey: METER, model }]
  await bed.entitle([accountId], { quantity: BigInt(limit), ...longFixed }, prices)
  const workers = await bed.nodes(NODES)
  const counts = await Promise.all(
    sharesOf(limit * 1.2, NODES).map((share, index) =>
      workers[index]?.run({
        tenant: bed.tenant,
        accountId,
        featureKey: FEATURE,
        ...share,
        callers: 8,
      }),
    ),
  )
  bed.lookAhead(NEXT_MONTH_HOURS)
  await bed.shop.run(bed.month)
  const invoices = await bed.shop.invoices()
  bed.lookAhead(0)
  const lines = invoices
    .filter((invoice) => invoice.accountId === accountId)
    .flatMap((i) => i.lines)
  const line = lines.find(({ meterKey }) => meterKey === METER)
  return {
    admitted: counts.reduce((sum, count) => sum + (count?.admitted ?? 0), 0),
    metered: Number(line?.quantity ?? 0),
    included: INCLUDED,
    billed: Number(line?.amount?.amountCents ?? 0n) / 100,
  }
}

/** What is wrong, if anything: every admitted unit is billed or included, and no other. */
export function faultOfBill({ admitted, metered, included, billed }: BilledResult) {
  if (metered !== admitted) return `${admitted} units were admitted, ${metered} are on the invoice`
  if (billed + included !== admitted) {
    return `${admitted} units were admitted, ${billed} billed and ${included} included`
  }
  return undefined
}
