// The contract pipeline: what `npm run generate` and the tests of the contract both run.
// Plain JavaScript without dependencies beyond `buf`, so that it works right after an install.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The repository's root folder; every path below starts from it. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The contract as last released, relative to the root: what `buf breaking` compares with. */
export const releasedImage = join('contracts', 'released.binpb')

/**
 * Runs buf in `cwd` (the root unless given) and answers `{ ok, output }`, output being stdout and
 * stderr together. Throws one clear line when buf itself cannot start.
 */
export function buf(args, { cwd = root } = {}) {
  const launcher = join(root, 'node_modules', '@bufbuild', 'buf', 'bin', 'buf')
  if (!existsSync(launcher)) throw new Error('buf is not installed; run `npm run setup` first')
  const result = spawnSync(process.execPath, [launcher, ...args], {
    cwd,
    encoding: 'utf8',
    // The plugins run on the Node that runs this, and buf keeps its cache inside node_modules.
    env: {
      ...process.env,
      PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH ?? ''}`,
      BUF_CACHE_DIR: join(root, 'node_modules', '.cache', 'buf'),
    },
  })
  if (result.error) throw new Error(`buf could not start: ${result.error.message}`)
  return { ok: result.status === 0, output: `${result.stdout}${result.stderr}`.trim() }
}

/** Generates code and comments into `<folder>/contracts/gen`; the root unless given. */
export function generate(folder = root) {
  return buf(['generate', '--output', folder])
}

/** Checks names and style of the contract against buf.yaml. */
export function lint(options) {
  return buf(['lint'], options)
}

/** Checks that nothing in the contract breaks a client of `image`, the released one unless given. */
export function breaking({ image = releasedImage, ...options } = {}) {
  return buf(['breaking', '--against', image], options)
}

/** Writes the contract as it is now to `path`. */
export function writeImage(path = releasedImage) {
  return buf(['build', '--exclude-source-info', '--output', path])
}
