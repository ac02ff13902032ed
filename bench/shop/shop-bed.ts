import { readFileSync } from 'node:fs'
import { Readable } from 'node:stream'
import { z } from 'zod'
import { startPlatformProcess } from '../../sdk/typescript/test/platform-bed.ts'
import { manyProducts } from './many-products.ts'

const imported = z.object({ created_count: z.number(), rejected_count: z.number() })

/** The whole platform in a process of its own, with its embedded Postgres and the demo shop. */
export async function startShopBed() {
  const { connection, stop, pid } = await startPlatformProcess()
  const catalogUrl = `${connection.baseUrl}/api/v1/tenants/acme/catalog`
  const authorization = `Bearer ${connection.apiKey}`
  return {
    url: connection.baseUrl,
    stop,
    /** Greatest resident memory of the server's process so far, in MB; undefined where Linux does not tell. */
    peakMegabytes: () => peakOf(pid()),
    /** Sends two files at once with half of so many products each over the API; answers the seconds that they took. */
    importMany: async (count: number): Promise<number> => {
      const send = async (from: number, to: number): Promise<void> => {
        const pieces = Readable.from(manyProducts(from, to)).map((text) => Buffer.from(text))
        const response = await fetch(`${catalogUrl}/import`, {
          method: 'POST',
          headers: { authorization, 'content-type': 'text/csv' },
          body: Readable.toWeb(pieces),
          duplex: 'half',
        } as RequestInit)
        const text = await response.text()
        const answer = imported.parse(JSON.parse(text))
        if (answer.created_count !== to - from) throw new Error(`the import answered ${text}`)
      }
      const half = Math.floor(count / 2)
      const startedMs = performance.now()
      await Promise.all([send(0, half), send(half, count)])
      return (performance.now() - startedMs) / 1_000
    },
    /** Reads the export to its end; answers its size in MB and the seconds that it took. */
    exportAll: async (): Promise<{ megabytes: number; seconds: number }> => {
      const startedMs = performance.now()
      const response = await fetch(`${catalogUrl}/export`, { headers: { authorization } })
      if (!response.ok || !response.body) throw new Error(`the export answered ${response.status}`)
      let bytes = 0
      for await (const piece of response.body) bytes += piece.byteLength
      return { megabytes: bytes / 1e6, seconds: (performance.now() - startedMs) / 1_000 }
    },
    /** One answer, to compare with. */
    answerOf: async (path: string): Promise<string> => {
      const response = await fetch(`${connection.baseUrl}${path}`)
      const text = await response.text()
      if (!response.ok) throw new Error(`${path} answered ${response.status} ${text}`)
      return text
    },
  }
}

function peakOf(pid: number): number | undefined {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]
    return kilobytes === undefined ? undefined : Number(kilobytes) / 1_000
  } catch {
    return undefined
  }
}
