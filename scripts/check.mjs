// Runs the gates of the repository side by side: `npm run check [-- name ...]`.
//   -- --canaries  proves instead that every gate can fail, and the test run: each runs over a copy of the repository in
//                  which something is wrong, and must find it.
// Prints what a failed gate found, and ends with one line `N passed, N failed`.
import { availableParallelism } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { flyCanaries } from './canaries.mjs'
import { gates, testRun } from './gates.mjs'
import { runNode } from './run-node.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { canaries: { type: 'boolean', default: false } },
})

async function check({ command, tellsFigures }) {
  const { ok, output, seconds } = await runNode(command, { cwd: root })
  return { ok, seconds, details: ok && !tellsFigures ? '' : output }
}

function report(name, { ok, seconds, details }) {
  console.log(`${name.padEnd(12)} ${seconds.toFixed(1).padStart(5)} s  ${ok ? 'ok' : 'FAILED'}`)
  if (details !== '') console.log(details.replace(/^/gm, '    '))
}

/** Calls `work` for each item, as many at a time as there are processors. */
async function forEachParallel(items, work) {
  const queue = items.values()
  const worker = async () => {
    for (const item of queue) await work(item)
  }
  await Promise.all(Array.from({ length: availableParallelism() }, worker))
}

const known = values.canaries ? [...gates, testRun] : gates
const unknown = positionals.filter((name) => !known.some((gate) => gate.name === name))
if (unknown.length > 0) throw new Error(`no such gate: ${unknown.join(', ')}`)
const chosen = known.filter(({ name }) => positionals.length === 0 || positionals.includes(name))

let passed = 0
await forEachParallel(chosen, async (gate) => {
  const result = values.canaries ? await flyCanaries(gate, root) : await check(gate)
  report(gate.name, result)
  if (result.ok) passed += 1
})
const failed = chosen.length - passed
if (failed > 0) process.exitCode = 1
console.log(`${passed} passed, ${failed} failed`)
