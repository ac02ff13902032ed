import { readFile, writeFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { type Proof, proveLimits } from './limits-proof.ts'
import { openProof } from './proof-bed.ts'
import { fullMatrix } from './proof-matrix.ts'

/**
 * `npm run limits:proof [-- --write]`: limits against real processes on an own Postgres server, with crashes. Ends with
 * `N passed, N failed` and status 1 when something failed; `--write` puts the result into `docs/limits.md`.
 */
const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } })

const PAGE = new URL('../../../../docs/limits.md', import.meta.url)
const BEGIN = '<!-- proof: written by npm run limits:proof -->'
const END = '<!-- end of proof -->'

const size = {
  matrix: fullMatrix,
  faultLimit: 10_000,
  edges: { limit: 100, windowSeconds: 2, windows: 5 },
}

// Each process that it starts listens for its end.
process.setMaxListeners(50)
const bed = await openProof()
try {
  const proof = await proveLimits(bed, size, (line) => process.stdout.write(`${line}\n`))
  const failed = proof.lines.filter(({ fault }) => fault !== undefined).length
  process.stdout.write(`${proof.table}\n`)
  process.stdout.write(`${proof.lines.length - failed} passed, ${failed} failed\n`)
  if (values.write && failed === 0) await publish(proof)
  process.exitCode = failed > 0 ? 1 : 0
} finally {
  await bed.close()
}

/** Replaces what stands between the marks of the page. */
async function publish({ table, lines }: Proof): Promise<void> {
  const page = await readFile(PAGE, 'utf8')
  const [begin, end] = [page.indexOf(BEGIN), page.indexOf(END)]
  if (begin < 0 || end < begin) throw new Error('the page has lost the marks of the proof')
  const found = lines.map(({ what, found: text }) => `- ${what}: ${text}.`).join('\n')
  const text = `${BEGIN}\n\n${table}\n\n${found}\n\n`
  await writeFile(PAGE, page.slice(0, begin) + text + page.slice(end))
}
