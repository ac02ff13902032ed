import {
  IngestEventsResponseSchema,
  type IngestEventsResponse,
} from '@purser/contracts/metering/v1/metering'
import { readUsageFile } from '../usage-file/read-usage-file.ts'
import type { ApiClient } from './api-client.ts'
import { startProgress } from './progress.ts'

/** Sends a file of usage events and tells what became of them. */
export async function importUsage(api: ApiClient, path: string): Promise<IngestEventsResponse> {
  const file = await readUsageFile(path)
  const progress = startProgress('usage import', file.sizeBytes, 'bytes')
  try {
    return await api.call(IngestEventsResponseSchema, {
      method: 'POST',
      path: '/events',
      upload: {
        contentType: 'application/x-ndjson',
        bytes: file.read((bytes) => progress.update(bytes)),
      },
    })
  } finally {
    progress.stop()
  }
}

/** Prints the counts of an import and its first refusals. */
export function printImport(answer: IngestEventsResponse): void {
  const { acceptedCount, duplicateCount, rejectedCount, rejections } = answer
  console.log(`${acceptedCount} accepted, ${duplicateCount} duplicates, ${rejectedCount} rejected`)
  for (const { line, id, reason, message } of rejections.slice(0, 10)) {
    console.log(`  line ${line}${id === '' ? '' : ` (${id})`}: ${reason}: ${message}`)
  }
}
