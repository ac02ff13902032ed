import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repositoryCopy } from './repository-copy.mjs'
import { runNode } from './run-node.mjs'

/**
 * Proves that `gate` can fail. For each scenario of `canaries/<name>.mjs` it spoils a copy of the
 * repository, runs the gate there as it runs here, and expects that it fails and that for each of the
 * scenario's complaints some line of the output holds all of its parts; for none of `spared` may one.
 * Answers `{ ok, seconds, details }`, details naming the canaries that the gate let pass.
 */
export async function flyCanaries(gate, root) {
  const { scenarios } = await import(`./canaries/${gate.name}.mjs`)
  const results = []
  for (const scenario of scenarios) results.push(await fly(gate, scenario, root))
  return {
    ok: results.length > 0 && results.every(({ missed }) => missed.length === 0),
    seconds: results.reduce((sum, { seconds }) => sum + seconds, 0),
    details: results.flatMap(({ missed }) => missed).join('\n'),
  }
}

async function fly(gate, { files, complaints, spared = [] }, root) {
  using copy = repositoryCopy(root)
  for (const [path, change] of Object.entries(files)) {
    const before = typeof change === 'function' ? readFileSync(join(copy.path, path), 'utf8') : ''
    const after = typeof change === 'function' ? change(before) : change
    if (after === before) throw new Error(`the canary of ${gate.name} no longer changes ${path}`)
    copy.write(path, after)
  }
  const { ok, output, seconds } = await runNode(gate.command, { cwd: copy.path })
  const lines = output.split('\n')
  const isSaid = (parts) => lines.some((line) => parts.every((part) => line.includes(part)))
  const missed = [
    ...complaints.filter((parts) => !isSaid(parts)).map((parts) => `missed ${parts.join(' ')}`),
    ...spared.filter(isSaid).map((parts) => `complained without cause of ${parts.join(' ')}`),
  ]
  if (ok) missed.unshift('passed, although it should fail')
  return { missed, seconds }
}
