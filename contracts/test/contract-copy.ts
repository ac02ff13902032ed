import { appendFileSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { root } from '../pipeline.mjs'

/** An empty folder that goes away with the test. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'purser-contracts-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** A copy of everything that `buf lint` and `buf breaking` read, free to be spoiled. */
export function contractCopy() {
  const folder = temporaryFolder()
  const inputs = ['buf.yaml', 'contracts/proto', 'contracts/released.binpb']
  for (const path of inputs) cpSync(join(root, path), join(folder, path), { recursive: true })
  const at = (proto: string) => join(folder, 'contracts/proto', proto)
  return {
    folder,
    append: (proto: string, text: string) => appendFileSync(at(proto), text),
    /** Replaces the one occurrence of `before`; throws when the canary no longer fits the contract. */
    replace(proto: string, before: string, after: string): void {
      const parts = readFileSync(at(proto), 'utf8').split(before)
      if (parts.length !== 2) throw new Error(`${proto} has ${parts.length - 1} times ${before}`)
      writeFileSync(at(proto), parts.join(after))
    },
  }
}
