import { PurserError } from '@purser/kernel'
import { decodeCloudEvent } from './decode-cloud-event.ts'
import { decodeEvent, type Decoded } from './decode-event.ts'
import { parseEventJson, parseEventLine, parseJsonKeepingNumbers } from './exact-json.ts'
import type { IngestSession } from './ingest-session.ts'
import { LineSplitter, type Line } from './line-splitter.ts'

/** Largest body that is one JSON text. NDJSON has no limit. */
const MAX_JSON_BYTES = 32 * 1024 * 1024

/** How the bytes of each media type become events. */
const formats = {
  'application/x-ndjson': { lines: true, decode: decodeEvent, parse: parseEventLine },
  'application/ndjson': { lines: true, decode: decodeEvent, parse: parseEventLine },
  'application/json': { lines: false, decode: decodeEvent, parse: parseEventJson },
  'application/cloudevents+json': {
    lines: false,
    decode: decodeCloudEvent,
    parse: parseJsonKeepingNumbers,
  },
  'application/cloudevents-batch+json': {
    lines: false,
    decode: decodeCloudEvent,
    parse: parseJsonKeepingNumbers,
  },
} as const

type Format = (typeof formats)[keyof typeof formats]

/**
 * Reads a body of any supported media type into a session, piece by piece.
 * Throws `request.unsupported_media_type`, `request.invalid_json`, `request.body_too_large`.
 */
export async function readBody(
  contentType: string,
  chunks: AsyncIterable<Uint8Array>,
  session: IngestSession,
): Promise<void> {
  const mediaType = contentType.split(';', 1)[0]?.trim().toLowerCase() ?? ''
  const format: Format | undefined = Object.hasOwn(formats, mediaType)
    ? formats[mediaType as keyof typeof formats]
    : undefined
  if (format === undefined) {
    throw new PurserError(
      'request.unsupported_media_type',
      `Send events as one of ${Object.keys(formats).join(', ')}; got "${mediaType.slice(0, 100)}".`,
    )
  }
  await (format.lines ? readLines(format, chunks, session) : readJson(format, chunks, session))
}

async function readLines(
  format: Format,
  chunks: AsyncIterable<Uint8Array>,
  session: IngestSession,
): Promise<void> {
  let lineNumber = 0
  const splitter = new LineSplitter((line) => {
    lineNumber += 1
    const decoded = decodeLine(format, line)
    if (decoded !== undefined) session.take(lineNumber, decoded)
  })
  for await (const chunk of chunks) {
    splitter.push(chunk)
    await session.ready()
  }
  splitter.end()
}

/** Undefined for an empty line. */
function decodeLine(format: Format, line: Line): Decoded | undefined {
  if (line.kind === 'too_long') return refused({ reason: 'line_too_long' })
  if (line.kind === 'not_utf8') return refused({ reason: 'invalid_json', detail: 'not UTF-8' })
  if (line.text === '' || line.text.trim() === '') return undefined
  let value: unknown
  try {
    value = format.parse(line.text)
  } catch (error) {
    return refused({ reason: 'invalid_json', detail: (error as SyntaxError).message.slice(0, 200) })
  }
  return format.decode(value)
}

function refused(refusal: { reason: 'line_too_long' | 'invalid_json'; detail?: string }): Decoded {
  return { ok: false, refusal, id: undefined }
}

async function readJson(
  format: Format,
  chunks: AsyncIterable<Uint8Array>,
  session: IngestSession,
): Promise<void> {
  const value = parseWhole(format, await readWhole(chunks))
  const events = Array.isArray(value) ? value : [value]
  for (const [index, event] of events.entries()) {
    session.take(index + 1, format.decode(event))
    if (index % 1_000 === 0) await session.ready()
  }
}

async function readWhole(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of chunks) {
    size += chunk.byteLength
    if (size > MAX_JSON_BYTES) {
      throw new PurserError(
        'request.body_too_large',
        'A JSON body holds at most 32 MiB; send application/x-ndjson, which has no limit.',
      )
    }
    parts.push(chunk)
  }
  return Buffer.concat(parts)
}

function parseWhole(format: Format, bytes: Buffer): unknown {
  try {
    return format.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (error) {
    throw new PurserError(
      'request.invalid_json',
      `The body is not valid JSON: ${(error as Error).message.slice(0, 200)}`,
    )
  }
}
