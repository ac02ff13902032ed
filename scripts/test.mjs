// Runs the tests: `npm test [-- path ...]`, all of them or those whose path holds one of the words.
// Ends with one line `N passed, N failed`, and with another code than 0 when something failed. A test
// that was skipped counts as failed, since a test that does not run proves nothing; so does a file that
// cannot be loaded, an error outside of every test, and a run without tests.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const folder = mkdtempSync(join(tmpdir(), 'purser-tests-'))
const reportPath = join(folder, 'report.json')
const options = [
  '--no-isolate',
  '--silent=passed-only',
  '--slowTestThreshold=10000',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${reportPath}`,
]

/** Runs vitest in the foreground; answers its exit code. */
function runVitest(filters) {
  const vitest = join('node_modules', 'vitest', 'vitest.mjs')
  const { FORCE_COLOR: _, ...env } = process.env
  if (!process.stdout.isTTY) env.NO_COLOR = '1'
  const child = spawn(process.execPath, [vitest, 'run', ...options, ...filters], {
    cwd: root,
    env,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  // Ctrl-C reaches vitest by itself; this waits for its end and still counts.
  process.on('SIGINT', () => undefined)
  process.on('SIGTERM', () => child.kill('SIGTERM'))
  return new Promise((resolve) => {
    child.on('error', (error) => {
      console.error(`vitest could not start: ${error.message}`)
      resolve(1)
    })
    child.on('close', (code) => resolve(code ?? 1))
  })
}

/** What vitest's JSON report says, or undefined when it ended without one. */
function countReport() {
  try {
    const { numTotalTests, numPassedTests, testResults } = JSON.parse(
      readFileSync(reportPath, 'utf8'),
    )
    const unloaded = testResults.filter(
      ({ status, assertionResults }) => status === 'failed' && assertionResults.length === 0,
    )
    return { passed: numPassedTests, failed: numTotalTests - numPassedTests + unloaded.length }
  } catch {
    return undefined
  }
}

try {
  const code = await runVitest(process.argv.slice(2))
  const counts = countReport() ?? { passed: 0, failed: 1 }
  const { passed } = counts
  const nothingRan = passed + counts.failed === 0
  const failed = counts.failed === 0 && (code !== 0 || nothingRan) ? 1 : counts.failed
  if (failed > 0) process.exitCode = 1
  console.log(`${passed} passed, ${failed} failed`)
} finally {
  rmSync(folder, { recursive: true, force: true })
}
