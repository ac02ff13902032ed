import { open, readFile } from 'node:fs/promises'

/** Numbers of the batches that a process was told are stored: append-only, on disk before the next is counted. */
export async function openAcknowledgments(file: string) {
  const handle = await open(file, 'a')
  return {
    add: async (batch: number) => {
      await handle.write(`${batch}\n`)
      await handle.datasync()
    },
    close: () => handle.close(),
  }
}

/** The batches noted so far; a line that a kill cut off does not count. */
export async function readAcknowledgments(file: string): Promise<Set<number>> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  const whole = text.slice(0, text.lastIndexOf('\n') + 1)
  return new Set(whole.split('\n').filter(Boolean).map(Number))
}
