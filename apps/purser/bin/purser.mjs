#!/usr/bin/env node
// Runs the command line on the pinned Node, whatever Node called it (TypeScript is run directly, which older ones
// cannot do), and with its memory bounded. Plain JavaScript for any Node from 20 on.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const MINIMUM_MAJOR = 26
const main = join(dirname(fileURLToPath(import.meta.url)), '../src/main.ts')

/**
 * Keeps resident memory bounded under load. A young generation of 32 MB: with 8 MB a fifth of a billing run's
 * processor time went into collecting it, with more the resident memory of a million events nears 400 MB. The old
 * generation is bounded well above what a million events need.
 */
const MEMORY_FLAGS = ['--max-semi-space-size=32', '--max-old-space-size=512']

/**
 * The C library takes an arena of memory for each of many threads unless told; two hold 10 to 25 MB less after a million
 * events.
 */
const MALLOC_ARENAS = '2'

const node =
  Number(process.versions.node.split('.')[0]) >= MINIMUM_MAJOR ? process.execPath : pinnedNode()
if (node === undefined) {
  console.error(
    'purser: the pinned Node is missing; run "npm run setup" in the project, or use Node 26.',
  )
  process.exitCode = 1
} else {
  run(node)
}

function run(path) {
  // A group of its own, so that a terminal's Ctrl-C reaches it once, through here, and not twice.
  const detached = process.platform !== 'win32'
  const args = [...MEMORY_FLAGS, main, ...process.argv.slice(2)]
  const env = { MALLOC_ARENA_MAX: MALLOC_ARENAS, ...process.env }
  const child = spawn(path, args, { stdio: 'inherit', detached, env })
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal))
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === null ? 1 : 128)
  })
}

/** Path of the Node that npm installed for this platform, or undefined. */
function pinnedNode() {
  const os = process.platform === 'win32' ? 'win' : process.platform
  const require = createRequire(import.meta.url)
  try {
    const root = dirname(require.resolve(`node-${os}-${process.arch}/package.json`))
    const path = join(root, 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
    return existsSync(path) ? path : undefined
  } catch {
    return undefined
  }
}
