// Gate: who imports whom, by the rules of .dependency-cruiser.cjs, and every package that a workspace
// imports stands in its package.json. Asserts that each source file was read, since the tool has been
// seen to read none and pass. Run in the repository's root.
import { spawnSync } from 'node:child_process'
import { undeclaredImports } from './declared-imports.mjs'
import { sourceFiles } from './source-files.mjs'

const cruiser = 'node_modules/dependency-cruiser/bin/dependency-cruiser.mjs'
const roots = [
  'apps',
  'bench',
  'contracts',
  'examples',
  'packages',
  'scripts',
  'sdk',
  'services',
  'vitest.config.ts',
]
const options = ['--config', '.dependency-cruiser.cjs', '--output-type', 'json']

function cruise() {
  const result = spawnSync(process.execPath, [cruiser, ...roots, ...options], {
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
  })
  try {
    return JSON.parse(result.stdout)
  } catch {
    throw new Error(`dependency-cruiser answered no report: ${result.stderr || result.error}`)
  }
}

const { modules, summary } = cruise()
const read = new Set(modules.map(({ source }) => source))
const files = sourceFiles(['ts', 'mjs'])
const complaints = [
  ...summary.violations.map(({ rule, from, to, cycle }) => {
    const round = cycle ? ` -> ${cycle.map(({ name }) => name).join(' -> ')}` : ` -> ${to}`
    return `${rule.name}: ${from}${round}`
  }),
  ...files.filter((path) => !read.has(path)).map((path) => `not-read: ${path}`),
  ...undeclaredImports(modules),
]
for (const complaint of complaints) console.error(complaint)
if (complaints.length > 0) process.exitCode = 1
console.log(`${files.length} files, ${summary.totalDependenciesCruised} imports`)
