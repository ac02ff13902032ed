import { decodeText } from './decode-text.ts'
import { decodeWords } from './decode-words.ts'

/** What a mail program shows of a mail; empty where it has nothing. */
export type ReadMail = { from: string; to: string; subject: string; text: string; html: string }

type Part = { headers: ReadonlyMap<string, string>; body: string }

const MAX_DEPTH = 10

/**
 * Reads a mail (RFC 5322, MIME): headers with encoded words, and the first plain text and HTML of its parts, in any character
 * set that this Node knows. `source` has one character a byte. What is malformed is shown as it stands.
 */
export function readMail(source: string): ReadMail {
  const mail = splitPart(source)
  const leaves = leavesOf(mail, 0)
  const header = (name: string) => decodeWords(mail.headers.get(name) ?? '')
  const first = (type: string) => {
    const part = leaves.find((leaf) => mediaTypeOf(leaf) === type && !isAttachment(leaf))
    return part === undefined ? '' : decodeBody(part)
  }
  return {
    from: header('from'),
    to: header('to'),
    subject: header('subject'),
    text: first('text/plain'),
    html: first('text/html'),
  }
}

function splitPart(source: string): Part {
  const [head = '', ...rest] = source.split(/\r?\n\r?\n/)
  const body = source.slice(head.length).replace(/^(?:\r?\n){1,2}/, '')
  const unfolded = head.replace(/\r?\n(?=[ \t])/g, '')
  const headers = new Map<string, string>()
  for (const line of unfolded.split(/\r?\n/)) {
    const [, name, value] = /^([!-9;-~]+):[ \t]*(.*)$/s.exec(line) ?? []
    if (name === undefined || headers.has(name.toLowerCase())) continue
    headers.set(name.toLowerCase(), value ?? '')
  }
  return { headers, body: rest.length === 0 ? '' : body }
}

function leavesOf(part: Part, depth: number): Part[] {
  const boundary = parameterOf(part, 'boundary')
  const isMultipart = mediaTypeOf(part).startsWith('multipart/') && boundary !== undefined
  if (!isMultipart || depth === MAX_DEPTH) return [part]
  const delimiter = `--${boundary}`
  const sections: string[][] = []
  for (const line of part.body.split(/\r?\n/)) {
    const mark = line.trimEnd()
    if (mark === `${delimiter}--`) break
    if (mark === delimiter) sections.push([])
    else sections.at(-1)?.push(line)
  }
  return sections.flatMap((lines) => leavesOf(splitPart(lines.join('\r\n')), depth + 1))
}

/** Plain text unless told otherwise (RFC 2045, section 5.2). */
function mediaTypeOf({ headers }: Part): string {
  const [type = ''] = (headers.get('content-type') ?? 'text/plain').split(';')
  return type.trim().toLowerCase()
}

function isAttachment({ headers }: Part): boolean {
  return /^attachment\b/i.test(headers.get('content-disposition') ?? '')
}

function parameterOf({ headers }: Part, name: string): string | undefined {
  const pattern = new RegExp(`;\\s*${name}\\s*=\\s*(?:"([^"]*)"|([^;\\s]+))`, 'i')
  const [, quoted, plain] = pattern.exec(headers.get('content-type') ?? '') ?? []
  return quoted ?? plain
}

function decodeBody(part: Part): string {
  const encoding = part.headers.get('content-transfer-encoding')?.trim().toLowerCase()
  return decodeText(bytesOf(part.body, encoding), parameterOf(part, 'charset') ?? 'utf-8')
}

function bytesOf(body: string, encoding: string | undefined): Buffer {
  if (encoding === 'base64') return Buffer.from(body, 'base64')
  if (encoding !== 'quoted-printable') return Buffer.from(body, 'latin1')
  const joined = body.replace(/[ \t]+(?=\r?\n|$)/g, '').replace(/=\r?\n/g, '')
  const decoded = joined.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) =>
    String.fromCharCode(parseInt(hex, 16)),
  )
  return Buffer.from(decoded, 'latin1')
}
