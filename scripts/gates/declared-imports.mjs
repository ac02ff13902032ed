import { readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { isTestCode } from './test-code.mjs'

const rootManifest = readManifest('package.json')

function readManifest(path) {
  return JSON.parse(readFileSync(path, 'utf8'))
}

/** Folder of the workspace that `path` belongs to, or undefined for the root's own files. */
function workspaceOf(path) {
  return /^(contracts|(packages|services|apps|sdk)\/[^/]+)\//.exec(path)?.[1]
}

/** Names that a workspace's source may import; its test code also what the root has for all tests. */
function declaredNames(workspace, forTests) {
  const manifest = readManifest(`${workspace}/package.json`)
  const { dependencies, optionalDependencies, peerDependencies } = manifest
  const source = { ...dependencies, ...optionalDependencies, ...peerDependencies }
  const tests = { ...manifest.devDependencies, ...rootManifest.devDependencies }
  return new Set([manifest.name, ...Object.keys(forTests ? { ...source, ...tests } : source)])
}

function packageName(specifier) {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/')
}

/** One complaint for each import, in modules as dependency-cruiser lists them, that no manifest declares. */
export function undeclaredImports(modules) {
  return modules.flatMap(({ source, dependencies }) => {
    const workspace = workspaceOf(source)
    if (workspace === undefined || source.includes('/gen/')) return []
    const isTool = /\/build-[^/]+\.ts$/.test(source)
    const declared = declaredNames(workspace, isTool || isTestCode(source))
    return dependencies
      .filter(({ module }) => !module.startsWith('.') && !isBuiltin(module))
      .map(({ module }) => packageName(module))
      .filter((name) => !declared.has(name))
      .map((name) => `not-declared: ${source} -> ${name} (${workspace}/package.json)`)
  })
}
