import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export type TemporaryFolder = { path: string; [Symbol.asyncDispose](): Promise<void> }

/** A new folder with these files (path: text), removed by `await using`. */
export async function temporaryFolder(
  files: Readonly<Record<string, string>> = {},
): Promise<TemporaryFolder> {
  const path = await mkdtemp(join(tmpdir(), 'purser-files-'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(path, name)), { recursive: true })
    await writeFile(join(path, name), text)
  }
  // A server that is ending, or was killed with its process, may still write here for a moment.
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 20, retryDelay: 50 })
  return { path, [Symbol.asyncDispose]: remove }
}
