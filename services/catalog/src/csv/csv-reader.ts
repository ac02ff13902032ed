/** Longest record in UTF-16 code units; a longer one is refused without being held. */
const MAX_RECORD = 262_144

/** A record of a CSV file (RFC 4180), or why it is none. `line` is that of its first character, from 1. */
export type CsvRecord =
  | { line: number; kind: 'cells'; cells: string[] }
  | { line: number; kind: 'refused'; reason: 'too_long' | 'stray_quote' | 'unclosed_quote' }

/**
 * Cuts text into records, in bounded memory: cells parted by commas, quoted where they hold commas,
 * quotes or line breaks. Line breaks are LF or CRLF; lines without any text are passed over. A record
 * that cannot be read ends with its line.
 */
export class CsvReader {
  readonly #emit: (record: CsvRecord) => void
  #rest = ''
  /** Line at which `#rest` begins. */
  #line = 1
  /** Whether the line that `#rest` stands in was given up already. */
  #skips = false

  constructor(emit: (record: CsvRecord) => void) {
    this.#emit = emit
  }

  /** Takes the next text, cut anywhere, and emits every record that ends in it. */
  push(text: string): void {
    this.#rest += text
    this.#read(false)
    if (this.#rest.length <= MAX_RECORD) return
    if (!this.#skips) this.#emit({ line: this.#line, kind: 'refused', reason: 'too_long' })
    this.#skips = true
    const lastBreak = this.#rest.lastIndexOf('\n')
    this.#line += countBreaks(this.#rest.slice(0, lastBreak + 1))
    this.#rest = this.#rest.slice(lastBreak + 1).slice(-1)
  }

  /** Emits the last record when no line break ends it. */
  end(): void {
    if (this.#rest !== '') this.#read(true)
  }

  #read(isEnd: boolean): void {
    let at = 0
    if (this.#skips) {
      const lineEnd = this.#rest.indexOf('\n')
      if (lineEnd < 0) return
      this.#skips = false
      this.#line += 1
      at = lineEnd + 1
    }
    while (at < this.#rest.length) {
      const record = readRecord(this.#rest, at, isEnd)
      if (record === undefined) break
      const line = this.#line
      if ('reason' in record) this.#emit({ line, kind: 'refused', reason: record.reason })
      else if (record.cells.length > 1 || record.cells[0] !== '') {
        this.#emit({ line, kind: 'cells', cells: record.cells })
      }
      this.#line += countBreaks(this.#rest.slice(at, record.end))
      at = record.end
    }
    this.#rest = this.#rest.slice(at)
  }
}

type Read = { end: number } & ({ cells: string[] } | { reason: 'stray_quote' | 'unclosed_quote' })

/** The record that begins at `start`; undefined when it goes on after the text. */
function readRecord(text: string, start: number, isEnd: boolean): Read | undefined {
  const cells: string[] = []
  for (let at = start; ; ) {
    const cell = text[at] === '"' ? readQuoted(text, at) : readPlain(text, at)
    if (cell === undefined) {
      // A quote that closes nowhere hides what follows: its own line is given up, no more.
      return isEnd ? { end: lineEndOf(text, start), reason: 'unclosed_quote' } : undefined
    }
    if (cell.end >= text.length && !isEnd) return undefined
    const next = text[cell.end]
    cells.push(cell.text)
    if (next === undefined || next === '\n')
      return { end: Math.min(cell.end + 1, text.length), cells }
    if (next === '\r' && text[cell.end + 1] === undefined && !isEnd) return undefined
    if (next === '\r' && (text[cell.end + 1] === '\n' || text[cell.end + 1] === undefined)) {
      return { end: Math.min(cell.end + 2, text.length), cells }
    }
    if (next !== ',') {
      const end = lineEndOf(text, cell.end)
      const isWhole = isEnd || text[end - 1] === '\n'
      return isWhole ? { end, reason: 'stray_quote' } : undefined
    }
    at = cell.end + 1
  }
}

function readPlain(text: string, start: number): { text: string; end: number } {
  let end = start
  while (end < text.length) {
    const letter = text[end]
    if (letter === ',' || letter === '\n' || (letter === '\r' && text[end + 1] === '\n')) break
    end += 1
  }
  // A CR at the very end belongs to the line break that may follow.
  if (end === text.length && end > start && text[end - 1] === '\r') end -= 1
  return { text: text.slice(start, end), end }
}

/** Undefined when the quote closes nowhere. */
function readQuoted(text: string, start: number): { text: string; end: number } | undefined {
  for (let from = start + 1; ; ) {
    const close = text.indexOf('"', from)
    if (close < 0) return undefined
    if (text[close + 1] === '"') {
      from = close + 2
      continue
    }
    return { text: text.slice(start + 1, close).replaceAll('""', '"'), end: close + 1 }
  }
}

function lineEndOf(text: string, start: number): number {
  const lineEnd = text.indexOf('\n', start)
  return lineEnd < 0 ? text.length : lineEnd + 1
}

function countBreaks(text: string): number {
  let count = 0
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) count += 1
  return count
}
