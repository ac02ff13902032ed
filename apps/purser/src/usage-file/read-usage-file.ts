import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { createGunzip } from 'node:zlib'
import { PurserError } from '@purser/kernel'
import { csvToNdjson } from './csv-to-ndjson.ts'

/** A file of usage events, ready to be sent as NDJSON. */
export type UsageFile = {
  /** Size on disk. */
  sizeBytes: number
  /** NDJSON in pieces; `onRead` is told how many bytes of the file were read so far. */
  read(onRead: (bytes: number) => void): AsyncIterable<Uint8Array>
}

/**
 * Opens `*.ndjson`, `*.jsonl` or `*.csv`, each also with `.gz`. A CSV file has the columns of
 * examples/data/README.md. Throws `request.invalid` for another name or a file that cannot be read.
 */
export async function readUsageFile(path: string): Promise<UsageFile> {
  const name = path.replace(/\.gz$/, '')
  const kind = /\.(ndjson|jsonl|csv)$/.exec(name)?.[1]
  if (kind === undefined) {
    throw new PurserError(
      'request.invalid',
      `"${path}" is no .ndjson, .jsonl or .csv file (each also with .gz).`,
    )
  }
  const sizeBytes = await sizeOf(path)
  return {
    sizeBytes,
    read: (onRead) => {
      const bytes = open(path, onRead)
      return kind === 'csv' ? csvToNdjson(bytes) : bytes
    },
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch (cause) {
    throw new PurserError('request.invalid', `"${path}" cannot be read; is the path right?`, {
      cause,
    })
  }
}

function open(path: string, onRead: (bytes: number) => void): AsyncIterable<Uint8Array> {
  const raw = createReadStream(path, { highWaterMark: 256 * 1024 })
  raw.on('data', () => onRead(raw.bytesRead))
  return path.endsWith('.gz') ? raw.pipe(createGunzip({ chunkSize: 256 * 1024 })) : raw
}
