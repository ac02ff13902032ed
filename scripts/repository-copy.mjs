import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'

/** What no gate reads. */
const left = new Set(['.git', '.purser', 'coverage', 'node_modules'])

/**
 * A copy of the repository at `root` that may be spoiled: `write(path, text)` creates or replaces a
 * file. Its workspaces know each other, not the originals; packages of the registry are shared.
 * Removed at the end of its scope (`using`).
 */
export function repositoryCopy(root) {
  const path = mkdtempSync(join(tmpdir(), 'purser-canary-'))
  cpSync(root, path, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) =>
      !left.has(
        source
          .slice(root.length + 1)
          .split(/[\\/]/)
          .at(-1),
      ),
  })
  linkPackages(join(root, 'node_modules'), join(path, 'node_modules'))
  for (const folder of workspacesWithPackages(root)) {
    symlinkSync(join(root, folder, 'node_modules'), join(path, folder, 'node_modules'), 'dir')
  }
  return {
    path,
    write(file, text) {
      const target = join(path, file)
      mkdirSync(dirname(target), { recursive: true })
      writeFileSync(target, text)
    },
    [Symbol.dispose]: () => rmSync(path, { recursive: true }),
  }
}

/** Links of workspaces are relative, so copying them as they are leads to the copy's workspaces. */
function linkPackages(from, to) {
  mkdirSync(to)
  for (const name of readdirSync(from)) {
    const source = join(from, name)
    const isWorkspace = name === '@purser' || lstatSync(source).isSymbolicLink()
    if (isWorkspace) cpSync(source, join(to, name), { recursive: true, verbatimSymlinks: true })
    else symlinkSync(source, join(to, name))
  }
}

/** Workspaces for which npm could not put every package into the root's folder. */
function workspacesWithPackages(root) {
  return ['apps', 'packages', 'services'].flatMap((kind) =>
    readdirSync(join(root, kind), { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => relative(root, join(root, kind, entry.name)))
      .filter((folder) => readdirSync(join(root, folder)).includes('node_modules')),
  )
}
