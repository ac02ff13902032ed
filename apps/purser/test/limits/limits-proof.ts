import { faultOfBill, billAdmitted } from './proof-billing.ts'
import type { ProofBed } from './proof-bed.ts'
import { faultAtEdges, runAcrossEdges } from './proof-edges.ts'
import {
  crashServer,
  faultAfterCrash,
  faultWhenAllAnswered,
  killLeaseHolder,
  killNodes,
  retryOneId,
} from './proof-faults.ts'
import { faultOf, type MatrixSize, runMatrix, tableOf } from './proof-matrix.ts'

/** How much of it is run. */
export type ProofSize = {
  matrix: MatrixSize
  /** Units of the limits that are used up while something dies. */
  faultLimit: number
  edges: { limit: number; windowSeconds: number; windows: number }
}

/** What was tried, in words, and what is wrong with it. */
type ProofLine = { what: string; found: string; fault: string | undefined }

export type Proof = { table: string; lines: ProofLine[] }

/** Runs all of it, one after the other; a line for each thing that was tried. */
export async function proveLimits(
  bed: ProofBed,
  size: ProofSize,
  print: (line: string) => void = () => undefined,
): Promise<Proof> {
  const lines: ProofLine[] = []
  const note = (what: string, found: string, fault: string | undefined) => {
    lines.push({ what, found, fault })
    print(`${fault === undefined ? 'ok  ' : 'FAIL'} ${what}: ${fault ?? found}`)
  }
  const cells = await runMatrix(bed, size.matrix)
  const faults = cells.flatMap((cell) => {
    const fault = faultOf(cell)
    const { window, processes, limit, load } = cell
    return fault === undefined ? [] : [`${window} ${processes} × ${limit} × ${load}: ${fault}`]
  })
  const units = cells.reduce((sum, { recorded }) => sum + recorded, 0)
  const requests = cells.reduce((sum, cell) => sum + cell.requests, 0)
  note(
    'the table, with rolling and with fixed windows',
    `${cells.length} runs, ${numberText(requests)} requests, ${numberText(units)} units: each told as admitted, recorded and counted`,
    faults.length > 0 ? faults.join('; ') : undefined,
  )
  await proveFaults(bed, size, note)
  await proveEdges(bed, size, note)
  const bill = await billAdmitted(bed, size.faultLimit)
  note(
    'a billing run over what three processes admitted',
    `${numberText(bill.admitted)} units admitted = ${bill.included} included + ${numberText(bill.billed)} billed`,
    faultOfBill(bill),
  )
  return { table: tableOf(cells, size.matrix), lines }
}

type Note = (what: string, found: string, fault: string | undefined) => void

async function proveFaults(bed: ProofBed, { faultLimit }: ProofSize, note: Note): Promise<void> {
  const limit = numberText(faultLimit)
  const { killed, repeated } = await killNodes(bed, faultLimit)
  note(
    `three of five processes are killed with \`kill -9\` at work; limit ${limit}, load 2.0`,
    `${numberText(killed.acknowledged)} units told, ${numberText(killed.recorded)} recorded`,
    faultAfterCrash(killed),
  )
  note(
    'the requests of the killed processes are sent again under their ids',
    `${numberText(repeated.acknowledged)} units told, ${numberText(repeated.recorded)} recorded`,
    faultWhenAllAnswered(repeated),
  )
  const crashed = await crashServer(bed, faultLimit)
  note(
    `the Postgres server crashes twice under three processes, which repeat under their ids; limit ${limit}, load 2.0`,
    `${numberText(crashed.acknowledged)} units told, ${numberText(crashed.recorded)} recorded`,
    faultWhenAllAnswered(crashed),
  )
  const retries = await retryOneId(bed)
  note(
    'fifty requests at once under one id, on two processes',
    `${retries.told} told as admitted, ${retries.recorded} unit recorded`,
    retries.told === 50 && retries.recorded === 1 && retries.counted === 1
      ? undefined
      : JSON.stringify(retries),
  )
  const lease = await killLeaseHolder(bed, faultLimit)
  const { lent, reported, admitted, recorded, counted } = lease
  const holds = admitted + lent === faultLimit && counted === faultLimit
  note(
    `a process that borrowed ${numberText(lent)} units of ${limit} and reported ${reported} is killed with \`kill -9\``,
    `the others are admitted ${numberText(admitted)}, also after the end of the lease; ${numberText(recorded)} recorded`,
    holds && recorded === admitted + reported ? undefined : JSON.stringify(lease),
  )
}

async function proveEdges(bed: ProofBed, { edges }: ProofSize, note: Note): Promise<void> {
  for (const kind of ['rolling', 'fixed'] as const) {
    const result = await runAcrossEdges(bed, kind, edges)
    const where = kind === 'rolling' ? 'interval of that length' : 'window'
    note(
      `three processes across the edges of ${kind} windows of ${edges.windowSeconds} s; limit ${edges.limit}`,
      `at most ${result.most} units in any ${where}; ${numberText(result.admitted)} admitted, ${numberText(result.due)} due`,
      faultAtEdges(result),
    )
  }
}

function numberText(count: number): string {
  return count.toLocaleString('en-US')
}
