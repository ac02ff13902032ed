import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { spawnNode, temporaryFolder } from '@purser/testing'
import { z } from 'zod'

/** What a process of its own asks of a server, see load-process.ts. */
export type Load = {
  url: string
  method?: 'GET' | 'POST'
  paths: readonly string[]
  headers?: Record<string, string>
  bodies?: readonly string[]
  expected?: string
  connections?: number
  awake?: boolean
  measuredMs?: number
}

const measuredSchema = z.object({ rate: z.number(), p50Ms: z.number(), p99Ms: z.number() })

/** Requests a second that were answered, and how long one took. */
export type LoadFigures = z.output<typeof measuredSchema>

const LOAD_TIMEOUT_MS = 30_000

/** Lets a process of its own ask, for 2 s unmeasured and then for 4 s unless told. */
export async function measureLoad(load: Load): Promise<LoadFigures> {
  await using folder = await temporaryFolder()
  // Too much for a command line.
  const file = join(folder.path, 'load.json')
  await writeFile(file, JSON.stringify(load))
  await using asking = spawnNode([join(import.meta.dirname, 'load-process.ts'), file])
  const timeoutMs = LOAD_TIMEOUT_MS + (load.measuredMs ?? 0)
  const [, text = ''] = await asking.waitForLine(/^measured (.+)$/m, { timeoutMs })
  return measuredSchema.parse(JSON.parse(text))
}
