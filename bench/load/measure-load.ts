import { join } from 'node:path'
import { spawnNode } from '@purser/testing'
import { z } from 'zod'

/** What a process of its own asks of a server, see load-process.ts. */
export type Load = {
  url: string
  method?: 'GET' | 'POST'
  path: string
  headers?: Record<string, string>
  bodies?: readonly string[]
  expected?: string
  connections?: number
  awake?: boolean
}

const measuredSchema = z.object({ rate: z.number(), p50Ms: z.number(), p99Ms: z.number() })

/** Requests a second that were answered, and how long one took. */
export type LoadFigures = z.output<typeof measuredSchema>

const LOAD_TIMEOUT_MS = 30_000

/** Lets a process of its own ask for 6 s, of which the last 4 are measured. */
export async function measureLoad(load: Load): Promise<LoadFigures> {
  await using asking = spawnNode([
    join(import.meta.dirname, 'load-process.ts'),
    JSON.stringify(load),
  ])
  const [, text = ''] = await asking.waitForLine(/^measured (.+)$/m, { timeoutMs: LOAD_TIMEOUT_MS })
  return measuredSchema.parse(JSON.parse(text))
}
