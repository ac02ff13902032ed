// Gate: the contract is well formed, breaks no client of the released one, and its generated code is
// fresh. Run in the repository's root.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { breaking, generate, lint } from '../../contracts/pipeline.mjs'
import { folderDifferences } from '../../contracts/test/folder-differences.ts'

function report(step, { ok, output }) {
  if (ok) return
  console.error(`${step}: ${output}`)
  process.exitCode = 1
}

function generatedCodeIsFresh() {
  const folder = mkdtempSync(join(tmpdir(), 'purser-contract-'))
  try {
    const generated = generate(folder)
    if (!generated.ok) return generated
    const changed = folderDifferences('contracts/gen', join(folder, 'contracts/gen'))
    const output = `\`npm run generate\` changes ${changed.join(', ')}`
    return { ok: changed.length === 0, output }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

report('lint', lint())
report('breaking', breaking())
report('stale', generatedCodeIsFresh())
