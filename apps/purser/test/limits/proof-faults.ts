import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { waitFor } from '@purser/testing'
import { FEATURE, longFixed, longRolling, type ProofBed, sharesOf } from './proof-bed.ts'
import type { ProofWorker } from './proof-nodes.ts'

const CALLERS = 8
const PATIENCE = { timeoutMs: 120_000 }

/** Units after processes or the server died: how many were told to be admitted, and how many are recorded. */
export type FaultResult = { limit: number; acknowledged: number; recorded: number; counted: number }

/** Requests that a file notes as admitted, each once; a line that a kill cut off does not count. */
async function acknowledgedIn(files: readonly string[]): Promise<number> {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => '')))
  const lines = texts.flatMap((text) => text.slice(0, text.lastIndexOf('\n') + 1).split('\n'))
  return new Set(lines.filter(Boolean)).size
}

async function resultOf(
  bed: ProofBed,
  { accountId, limit, files }: { accountId: string; limit: number; files: readonly string[] },
): Promise<FaultResult> {
  return {
    limit,
    acknowledged: await acknowledgedIn(files),
    recorded: await bed.recorded(accountId),
    counted: await bed.counted(accountId),
  }
}

/**
 * Five processes ask for twice the limit; three are killed at work with SIGKILL. Answers how things stand right after
 * the others are done, and after other processes sent the requests of the killed ones again under the same ids.
 */
export async function killNodes(
  bed: ProofBed,
  limit: number,
): Promise<{ killed: FaultResult; repeated: FaultResult }> {
  const accountId = `kills-${limit}`
  await bed.entitle([accountId], { quantity: BigInt(limit), ...longFixed })
  const workers = await Promise.all([0, 5_000, -5_000, 0, 5_000].map((off) => bed.victim(off)))
  const shares = sharesOf(limit * 2, workers.length)
  const files = shares.map((_, index) => join(bed.folder, `${accountId}-${index}`))
  const run = (worker: ProofWorker, index: number) =>
    worker.run({
      tenant: bed.tenant,
      accountId,
      featureKey: FEATURE,
      from: shares[index]?.from ?? 0,
      requests: shares[index]?.requests ?? 0,
      callers: CALLERS,
      idPrefix: accountId,
      persistent: true,
      ackFile: files[index] ?? '',
    })
  const running = Promise.allSettled(workers.map(run))
  for (const victim of [0, 1, 2]) {
    const enough = ((victim + 1) * limit) / 5
    await waitFor(async () => (await bed.recorded(accountId)) >= enough, PATIENCE)
    await workers[victim]?.kill()
  }
  await running
  const about = { accountId, limit, files }
  const killed = await resultOf(bed, about)
  const others = await bed.nodes(3)
  await Promise.all(others.map(run))
  const repeated = await resultOf(bed, about)
  await Promise.all(workers.slice(3).map((worker) => worker.kill()))
  return { killed, repeated }
}

/** Three processes ask for twice the limit, again and again under the same ids, while the server crashes twice. */
export async function crashServer(bed: ProofBed, limit: number): Promise<FaultResult> {
  const accountId = `crash-${limit}`
  await bed.entitle([accountId], { quantity: BigInt(limit), ...longRolling })
  const workers = await bed.nodes(3)
  const shares = sharesOf(limit * 2, workers.length)
  const files = shares.map((_, index) => join(bed.folder, `${accountId}-${index}`))
  const running = Promise.all(
    workers.map((worker, index) =>
      worker.run({
        tenant: bed.tenant,
        accountId,
        featureKey: FEATURE,
        from: shares[index]?.from ?? 0,
        requests: shares[index]?.requests ?? 0,
        callers: CALLERS,
        idPrefix: accountId,
        persistent: true,
        ackFile: files[index] ?? '',
      }),
    ),
  )
  for (const share of [0.2, 0.6]) {
    await waitFor(async () => (await bed.recorded(accountId)) >= limit * share, PATIENCE)
    bed.crashServer()
  }
  await running
  return await waitFor(() => resultOf(bed, { accountId, limit, files }), PATIENCE)
}

/** What is wrong after a crash, if anything: more than the limit, or an admission that was told and is not there. */
export function faultAfterCrash(result: FaultResult): string | undefined {
  const { limit, acknowledged, recorded, counted } = result
  if (recorded > limit) return `${recorded} units are recorded of a limit of ${limit}`
  if (acknowledged > recorded) return `${acknowledged} units were told, ${recorded} are recorded`
  if (counted !== recorded) return `${recorded} units are recorded, ${counted} are counted`
  return undefined
}

/** As `faultAfterCrash`, once every request was answered: twice the limit was asked for, so all of it is used. */
export function faultWhenAllAnswered(result: FaultResult): string | undefined {
  const { limit, acknowledged, recorded } = result
  if (recorded < limit * 0.99) return `${recorded} units of ${limit} are used`
  if (acknowledged !== recorded) return `${acknowledged} units were told, ${recorded} are recorded`
  return faultAfterCrash(result)
}

/** A process borrows units, reports some and is killed. Its units stay counted, also after the end of the lease. */
export async function killLeaseHolder(bed: ProofBed, limit: number) {
  const accountId = `lease-${limit}`
  const { tenant } = bed
  await bed.entitle([accountId], { quantity: BigInt(limit), ...longFixed })
  const holder = await bed.victim()
  const reported = 1
  const lease = { tenant, accountId, featureKey: FEATURE, leaseId: accountId }
  const { units: lent } = await holder.borrow({ ...lease, units: limit, leaseSeconds: 1, reported })
  await holder.kill()
  const [worker] = await bed.nodes(1)
  const ask = (idPrefix: string) =>
    worker?.run({
      ...lease,
      from: 0,
      requests: limit * 2,
      callers: CALLERS,
      idPrefix: `${accountId}-${idPrefix}`,
    })
  const before = await ask('before')
  await new Promise((resolve) => setTimeout(resolve, 2_000))
  const after = await ask('after')
  return {
    limit,
    lent,
    admitted: (before?.admitted ?? 0) + (after?.admitted ?? 0),
    recorded: await bed.recorded(accountId),
    counted: await bed.counted(accountId),
    reported,
  }
}

/** Fifty requests at once under one id, on two processes: how many were told admitted, and what is recorded. */
export async function retryOneId(bed: ProofBed) {
  const accountId = 'one-id'
  await bed.entitle([accountId], { quantity: 10n, ...longRolling })
  const workers = await bed.nodes(2)
  // The number follows the prefix: fifty callers that each send number 0.
  const retries = Array.from({ length: 50 }, (_, index) =>
    workers[index % 2]?.run({
      tenant: bed.tenant,
      accountId,
      featureKey: FEATURE,
      from: 0,
      requests: 1,
      callers: 1,
      idPrefix: accountId,
    }),
  )
  const counts = await Promise.all(retries)
  return {
    told: counts.reduce((sum, count) => sum + (count?.admitted ?? 0), 0),
    recorded: await bed.recorded(accountId),
    counted: await bed.counted(accountId),
  }
}
