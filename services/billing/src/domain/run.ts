import { monthPeriod, type Period, PurserError } from '@purser/kernel'

/**
 * A billing run and its states.
 *
 *   generating → planning → running → completed | completed_with_failures
 *
 * Any state before the last may become `paused` (deadline, shutdown), once the last of those who work on it has left,
 * and goes on where it was. A run whose process died keeps its state; whoever starts it again goes on the same way.
 */
export type RunStatus =
  | 'generating'
  | 'planning'
  | 'running'
  | 'paused'
  | 'completed'
  | 'completed_with_failures'

/** A run as it is stored. Durations in milliseconds. */
export type Run = {
  runId: string
  /** Month, such as `2026-02`. */
  period: string
  /** The periods that end in (start, end] are billed. */
  window: Period
  status: RunStatus
  /** Synthetic events to send first. */
  records: bigint
  generatedCount: bigint
  generationMs: bigint
  generatedAt: Temporal.Instant | undefined
  watermark: bigint | undefined
  plannedAt: Temporal.Instant | undefined
  workedMs: bigint
  resumedAt: Temporal.Instant | undefined
  createdAt: Temporal.Instant
  endedAt: Temporal.Instant | undefined
}

/** The state in which an unfinished run goes on. */
export function stageOf(run: Pick<Run, 'records' | 'generatedAt' | 'plannedAt'>): RunStatus {
  if (run.records > 0n && run.generatedAt === undefined) return 'generating'
  return run.plannedAt === undefined ? 'planning' : 'running'
}

/** Whether nothing more will happen to the run. */
export function isEnded(status: RunStatus): boolean {
  return status === 'completed' || status === 'completed_with_failures'
}

/**
 * The month to bill: the one asked for, or the last whole one. Throws `billing.period_not_ended` when it is not
 * over yet, since usage could still arrive in time.
 */
export function periodToBill(
  requested: string | undefined,
  timeZone: string,
  now: Temporal.Instant,
): { period: string; window: Period } {
  const period = requested ?? lastWholeMonth(timeZone, now)
  const window = monthPeriod(period, timeZone)
  if (Temporal.Instant.compare(window.end, now) > 0) {
    throw new PurserError(
      'billing.period_not_ended',
      `${period} ends at ${window.end} (${timeZone}); it can be billed from then on.`,
      { details: { period, period_end: window.end.toString() } },
    )
  }
  return { period, window }
}

/** The last month that is over at `now`. */
export function lastWholeMonth(timeZone: string, now: Temporal.Instant): string {
  const today = now.toZonedDateTimeISO(timeZone).toPlainDate()
  return today.toPlainYearMonth().subtract({ months: 1 }).toString()
}
