import { PurserError } from '@purser/kernel'

/** Columns of a usage file; `delay_s` is how late the event arrived and is not sent. */
const HEADER = 'id,source,subject,time,delay_s,quantity,folder,extension'

/** Type of the events in such a file. */
export const FILE_EVENT_TYPE = 'lines_changed'

/**
 * Turns the CSV of examples/data/README.md into NDJSON usage events of type `lines_changed`. Values hold no commas,
 * quotes or line breaks there; a row of another shape is passed on as it is, so that the server refuses it by line.
 * Throws `request.invalid` for another header.
 */
export async function* csvToNdjson(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder()
  let rest = ''
  let isHead = true
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n')
    rest = lines.pop() ?? ''
    if (isHead && lines.length > 0) {
      checkHeader(lines.shift())
      isHead = false
    }
    yield Buffer.from(lines.map(toEventLine).join(''))
  }
  if (rest !== '') yield Buffer.from(toEventLine(rest))
}

function checkHeader(line: string | undefined): void {
  if (line?.trim() === HEADER) return
  throw new PurserError('request.invalid', `The first line of a usage file is "${HEADER}".`)
}

function toEventLine(row: string): string {
  const [id, source, subject, time, , quantity, folder, extension, ...more] = row
    .trimEnd()
    .split(',')
  if (extension === undefined || more.length > 0) return `${JSON.stringify(row)}\n`
  const text = JSON.stringify
  return (
    `{"id":${text(id)},"source":${text(source)},"type":"${FILE_EVENT_TYPE}","subject":${text(subject)},` +
    `"time":${text(time)},"quantity":${text(quantity)},` +
    `"properties":{"folder":${text(folder)},"extension":${text(extension)}}}\n`
  )
}
