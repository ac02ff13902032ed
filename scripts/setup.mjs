// Installs dependencies when package-lock.json changed since the last install, and says so.
// Plain JavaScript for any Node from 20 on: the pinned Node is not there before the first install.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const stampPath = join(root, 'node_modules', '.purser-lock-hash')
const major = Number(process.versions.node.split('.')[0])

/** Ends the set-up with one line that says what is wrong and what to do. */
function stop(message) {
  console.error(`purser: ${message}`)
  process.exit(1)
}

if (major < 20) stop(`Node ${process.versions.node} is too old to install; use Node 20 or newer.`)

const lockHash = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
const installedHash = existsSync(stampPath) ? readFileSync(stampPath, 'utf8') : ''
if (installedHash !== lockHash) {
  try {
    accessSync(root, constants.W_OK)
  } catch {
    stop(
      `the folder ${root} is read-only, so dependencies cannot be installed; make it writable or copy it elsewhere.`,
    )
  }
  console.error('purser: installing dependencies (once per change of package-lock.json) ...')
  const npm = process.env.npm_execpath
  const [command, prefix] = npm ? [process.execPath, [npm]] : ['npm', []]
  const result = spawnSync(
    command,
    [...prefix, 'ci', '--no-audit', '--no-fund', '--loglevel=error'],
    {
      cwd: root,
      stdio: ['ignore', 2, 2],
      shell: !npm && process.platform === 'win32',
    },
  )
  if (result.status !== 0)
    stop('npm ci failed; the lines above say why. Fix it and run the command again.')
  writeFileSync(stampPath, lockHash)
}
