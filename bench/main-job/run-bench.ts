import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { startBed } from './bed.ts'
import { measureBilling, measureIngest } from './measures.ts'
import { formatReport } from './report.ts'

/**
 * The benchmark of the main job: `npm run bench [-- --rounds 3] [-- --write]`. Prints ratios of figures measured in
 * one run, because machines are noisy; `--write` also writes docs/benchmarks.md.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '3' }, write: { type: 'boolean', default: false } },
})

const bed = await startBed()
try {
  const ingest = await measureIngest(bed, Number(values.rounds))
  const billing = await measureBilling(bed)
  const report = formatReport({ ingest, billing, peakBytes: bed.peakBytes(), processors: cpus() })
  console.log(report)
  if (values.write) writeFileSync(join(import.meta.dirname, '../../docs/benchmarks.md'), report)
} finally {
  await bed.stop()
}
