// Gate: no source file is longer than 400 lines. Prints the median, which the house style wants to
// be at most 100. Contracts are not counted: most of their lines are what /docs shows. Run in the repository's root.
import { readFileSync } from 'node:fs'
import { sourceFiles } from './source-files.mjs'
import { isTestCode } from './test-code.mjs'

const MAX_LINES = 400

/** One logic in PL/pgSQL each, read from top to bottom; migrations are not moved once they were released. */
const EXCEPTIONS = new Set([
  'services/catalog/migrations/0006-shop-reads.sql',
  'services/metering/migrations/0006-limit-counters.sql',
  'services/metering/migrations/0008-consume.sql',
])

function lineCount(path) {
  return readFileSync(path, 'utf8').trimEnd().split('\n').length
}

const counts = sourceFiles(['ts', 'mjs', 'cjs', 'sql']).map((path) => [path, lineCount(path)])
for (const [path, lines] of counts) {
  if (lines <= MAX_LINES || EXCEPTIONS.has(path)) continue
  console.error(`${path}: ${lines} lines, more than ${MAX_LINES}`)
  process.exitCode = 1
}
const sorted = counts
  .filter(([path]) => !isTestCode(path))
  .map(([, lines]) => lines)
  .sort((left, right) => left - right)
console.log(
  `median ${sorted[Math.floor(sorted.length / 2)]} lines of ${sorted.length} source files`,
)
