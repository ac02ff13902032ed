import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Names every file, relative to both folders and sorted, that is missing in one or not the same in both. */
export function folderDifferences(left: string, right: string): string[] {
  const names = new Set([...filesOf(left), ...filesOf(right)])
  return [...names].filter((name) => !sameFile(join(left, name), join(right, name))).sort()
}

function filesOf(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.filter((name) => statSync(join(folder, name)).isFile())
}

function sameFile(left: string, right: string): boolean {
  const exists = (path: string) => statSync(path, { throwIfNoEntry: false }) !== undefined
  return exists(left) && exists(right) && readFileSync(left).equals(readFileSync(right))
}
