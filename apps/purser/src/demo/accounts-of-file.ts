import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'

const SUBJECT_COLUMN = 2

/** The accounts that stand in a usage file, in order of their first event. */
export async function accountsOfFile(path: string): Promise<string[]> {
  const accounts = new Set<string>()
  const lines = createInterface({ input: createReadStream(path).pipe(createGunzip()) })
  let isHead = true
  for await (const line of lines) {
    const subject = line.split(',', SUBJECT_COLUMN + 1)[SUBJECT_COLUMN]
    if (!isHead && subject) accounts.add(subject)
    isHead = false
  }
  return [...accounts]
}
