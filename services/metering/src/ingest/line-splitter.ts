import { isUtf8 } from 'node:buffer'

const NEWLINE = 10

/** Longest line taken, in bytes. A longer one is refused without being held. */
const MAX_LINE_BYTES = 65_536

/** What a line turned out to be. */
export type Line = { kind: 'text'; text: string } | { kind: 'too_long' } | { kind: 'not_utf8' }

/**
 * Cuts a stream of bytes into lines, in bounded memory: what is held between two chunks is at most
 * `MAX_LINE_BYTES`. Whole chunks are decoded at once, since decoding line by line costs most of the time.
 */
export class LineSplitter {
  readonly #emit: (line: Line) => void
  #rest: Buffer = Buffer.alloc(0)
  #skipping = false

  constructor(emit: (line: Line) => void) {
    this.#emit = emit
  }

  /** Takes the next bytes and emits every line that ends in them. */
  push(chunk: Uint8Array): void {
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const lastNewline = bytes.lastIndexOf(NEWLINE)
    if (lastNewline === -1) return this.#hold(bytes)
    this.#emitLines(
      this.#rest.length === 0 ? bytes.subarray(0, lastNewline) : this.#join(bytes, lastNewline),
    )
    this.#rest = Buffer.alloc(0)
    this.#hold(bytes.subarray(lastNewline + 1))
  }

  /** Emits the last line when it does not end in a newline. */
  end(): void {
    if (this.#rest.length > 0 || this.#skipping) this.#emitLines(this.#rest)
    this.#rest = Buffer.alloc(0)
  }

  #join(bytes: Buffer, lastNewline: number): Buffer {
    return Buffer.concat([this.#rest, bytes.subarray(0, lastNewline)])
  }

  #hold(bytes: Buffer): void {
    if (this.#rest.length + bytes.length > MAX_LINE_BYTES) {
      this.#skipping = true
      this.#rest = Buffer.alloc(0)
    } else if (bytes.length > 0 && !this.#skipping) {
      this.#rest = Buffer.concat([this.#rest, bytes])
    }
  }

  #emitLines(bytes: Buffer): void {
    if (this.#skipping) return this.#emitAfterSkipped(bytes)
    if (!isUtf8(bytes)) return this.#emitOneByOne(bytes)
    const text = bytes.toString('utf8')
    let start = 0
    while (start <= text.length) {
      const newline = text.indexOf('\n', start)
      const end = newline === -1 ? text.length : newline
      this.#emitText(text.slice(start, end))
      start = end + 1
    }
  }

  /** The first line of `bytes` is the end of one that was too long. */
  #emitAfterSkipped(bytes: Buffer): void {
    this.#skipping = false
    this.#emit({ kind: 'too_long' })
    const newline = bytes.indexOf(NEWLINE)
    if (newline !== -1) this.#emitLines(bytes.subarray(newline + 1))
  }

  /** Somewhere in `bytes` is a wrong byte: only its own line is refused. */
  #emitOneByOne(bytes: Buffer): void {
    let start = 0
    while (start <= bytes.length) {
      const newline = bytes.indexOf(NEWLINE, start)
      const end = newline === -1 ? bytes.length : newline
      const line = bytes.subarray(start, end)
      if (isUtf8(line)) this.#emitText(line.toString('utf8'))
      else this.#emit({ kind: 'not_utf8' })
      start = end + 1
    }
  }

  #emitText(text: string): void {
    if (text.length > MAX_LINE_BYTES) this.#emit({ kind: 'too_long' })
    else this.#emit({ kind: 'text', text })
  }
}
