import { type Run, RunSchema, RunStatus } from '@purser/contracts/billing/v1/billing'
import { textLines } from './text-lines.ts'
import { createJsonCodec } from '@purser/rest'
import type { ApiClient } from './api-client.ts'
import { moneyText } from './money-text.ts'
import { startProgress } from './progress.ts'

/** Bills a month, or goes on with the run that does, and shows its progress until it ends. */
export async function runBilling(
  api: ApiClient,
  options: { period?: string; records?: number; deadlineSeconds?: number },
): Promise<Run> {
  const run = await api.call(RunSchema, {
    method: 'POST',
    path: '/billing/runs',
    query: {
      period: options.period,
      records: options.records,
      deadline_seconds: options.deadlineSeconds,
      background: 'true',
    },
  })
  return await watchRun(api, run)
}

/** Follows a run that is under way; answers it as it ended or paused. */
async function watchRun(api: ApiClient, run: Run): Promise<Run> {
  const codec = createJsonCodec(RunSchema)
  const response = await api.send({ path: `/billing/runs/${run.runId}/progress` })
  let latest = run
  let progress: ReturnType<typeof startProgress> | undefined
  for await (const line of textLines(response)) {
    latest = codec.decode(line)
    if (latest.status === RunStatus.RUNNING) {
      progress ??= startProgress('billing', Number(latest.itemCount), 'periods')
      progress.update(Number(latest.billedCount))
    }
  }
  progress?.update(Number(latest.billedCount))
  progress?.stop()
  return latest
}

/** Prints what a run came to. */
export function printRun(run: Run): void {
  const status = RunStatus[run.status].toLowerCase()
  console.log(`run ${run.runId} of ${run.period}: ${status}`)
  console.log(
    `  ${run.invoiceCount} invoices, ${run.processedCount} events, ${run.adjustmentCount} adjustments`,
  )
  if (run.generatedCount > 0n) {
    console.log(
      `  ${run.generatedCount} synthetic events sent in ${run.generationSeconds.toFixed(1)} s`,
    )
  }
  for (const total of run.totals) console.log(`  ${moneyText(total)}`)
  const rate = Math.round(run.operationsPerSecond)
  console.log(`  ${run.durationSeconds.toFixed(1)} s, ${rate} events/s`)
  if (run.itemCount === 0n) console.log('  nothing was left to bill: nothing changed')
  if (run.failedCount > 0n)
    console.log(`  ${run.failedCount} periods failed; start the run again once mended:`)
  for (const { accountId, code, message } of run.failures)
    console.log(`    ${accountId}: ${message} (${code})`)
  if (run.status === RunStatus.PAUSED)
    console.log('  paused: run the same command again and it goes on')
}
