import { globSync } from 'node:fs'

const folders = ['apps', 'bench', 'contracts', 'examples', 'packages', 'scripts', 'sdk', 'services']
const skipped = new Set(['node_modules', 'gen'])

/**
 * The files that people wrote with one of `extensions` (no dots), sorted, relative to the working
 * directory, which is the repository's root. Throws when there are none: a gate over nothing is no gate.
 */
export function sourceFiles(extensions) {
  const pattern = `{${folders.join()}}/**/*.{${extensions.join()},}`
  const paths = globSync(pattern, { exclude: (path) => skipped.has(path.split(/[\\/]/).at(-1)) })
  const files = paths.filter((path) =>
    extensions.some((extension) => path.endsWith(`.${extension}`)),
  )
  if (files.length === 0) throw new Error(`no source files in ${process.cwd()}`)
  return files.map((path) => path.replaceAll('\\', '/')).sort()
}
