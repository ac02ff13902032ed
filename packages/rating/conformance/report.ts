import type { Verdict } from './evaluate.ts'

/** The verdicts as text: a table by model, then every failure, then why cases are unsupported. */
export function formatReport(verdicts: readonly Verdict[]): string {
  const counts = countOutcomes(verdicts)
  const rounded = verdicts.filter((verdict) => verdict.outcome === 'pass' && verdict.roundedAmount)
  return [
    ...tableLines(verdicts),
    '',
    ...verdicts.flatMap(failureLines),
    ...unsupportedLines(verdicts),
    ...uncheckedLines(verdicts),
    `${rounded.length} of the passes agree once rounded to the currency, as their source rounds`,
    `${counts.pass} passed, ${counts.fail} failed, ${counts.unsupported} unsupported`,
  ].join('\n')
}

/** How many cases came to each outcome. */
export function countOutcomes(verdicts: readonly Verdict[]): Record<Verdict['outcome'], number> {
  const counts = { pass: 0, fail: 0, unsupported: 0 }
  for (const { outcome } of verdicts) counts[outcome]++
  return counts
}

function tableLines(verdicts: readonly Verdict[]): string[] {
  const models = Map.groupBy(verdicts, (verdict) => verdict.case.model)
  const width = Math.max(...[...models.keys()].map((model) => model.length))
  const row = (model: string, ...cells: (string | number)[]) =>
    model.padEnd(width) + cells.map((cell) => String(cell).padStart(13)).join('')
  const rows = [...models]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([model, group]) => {
      const { pass, fail, unsupported } = countOutcomes(group)
      return row(model, pass, fail, unsupported)
    })
  return [row('model', 'pass', 'fail', 'unsupported'), ...rows]
}

function failureLines(verdict: Verdict): string[] {
  if (verdict.outcome !== 'fail') return []
  const { id, model, tier, notes } = verdict.case
  return [
    `FAIL ${id} (${model}, ${tier})${notes ? `: ${notes}` : ''}`,
    ...verdict.differences.map(
      ({ path, expected, got }) => `     ${path}: expected ${expected}, got ${got}`,
    ),
    '',
  ]
}

function unsupportedLines(verdicts: readonly Verdict[]): string[] {
  const reasons = new Map<string, number>()
  for (const verdict of verdicts) {
    if (verdict.outcome !== 'unsupported') continue
    const key = `${verdict.case.model}: ${verdict.reason}`
    reasons.set(key, (reasons.get(key) ?? 0) + 1)
  }
  if (reasons.size === 0) return []
  return ['unsupported:', ...[...reasons].map(([reason, count]) => `  ${count} x ${reason}`), '']
}

function uncheckedLines(verdicts: readonly Verdict[]): string[] {
  const lines = verdicts.flatMap((verdict) =>
    verdict.outcome === 'pass' && verdict.unchecked.length > 0
      ? [`  ${verdict.case.id}: ${verdict.unchecked.join(', ')}`]
      : [],
  )
  return lines.length === 0
    ? []
    : ['passed, with expectations that were not checked:', ...lines, '']
}
