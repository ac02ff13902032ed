import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'

const FILE = join(import.meta.dirname, '../../examples/data/usage-1m.csv.gz')
const PIECE_BYTES = 256 * 1024

/** The usage file twice: as NDJSON pieces for HTTP and as text pieces for COPY, made before any clock runs. */
export type UsageRows = {
  rowCount: number
  accounts: string[]
  ndjson: Buffer[]
  copyText: Buffer[]
}

/** Reads the file into memory. */
export function readUsageRows(tenant: string): UsageRows {
  const rows = gunzipSync(readFileSync(FILE)).toString().trimEnd().split('\n').slice(1)
  const accounts = new Set<string>()
  const ndjson = new Pieces()
  const copyText = new Pieces()
  for (const row of rows) {
    const [id, source, subject, time, , quantity, folder, extension] = row.split(',')
    accounts.add(subject as string)
    const properties = JSON.stringify({ folder, extension })
    ndjson.add(
      `{"id":"${id}","source":"${source}","type":"lines_changed","subject":"${subject}",` +
        `"time":"${time}","quantity":${quantity},"properties":${properties}}\n`,
    )
    copyText.add(
      `${tenant}\t${source}\t${id}\tlines_changed\t${subject}\t${time}\t${quantity}\t${properties.replaceAll('\\', '\\\\')}\t1\n`,
    )
  }
  return {
    rowCount: rows.length,
    accounts: [...accounts],
    ndjson: ndjson.end(),
    copyText: copyText.end(),
  }
}

class Pieces {
  readonly #pieces: Buffer[] = []
  #text = ''

  add(line: string): void {
    this.#text += line
    if (this.#text.length >= PIECE_BYTES) this.end()
  }

  end(): Buffer[] {
    if (this.#text !== '') this.#pieces.push(Buffer.from(this.#text))
    this.#text = ''
    return this.#pieces
  }
}
