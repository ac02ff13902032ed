import { PurserError } from '@purser/kernel'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const SPACE = 0x20
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const LITERALS = ['true', 'false', 'null'] as const

/** What comes next: decided by its first character, without reading it. */
export type JsonKind = 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null'

/**
 * Reads JSON (RFC 8259) from text, one value at a time and in order, without building objects: the
 * caller decides what a value becomes. Numbers are handed out as their source text, so that no digit
 * is lost. Every departure from the grammar, and nesting deeper than `maxDepth` (100 unless given),
 * throws PurserError `request.invalid_json` with the position in `details`.
 */
export class JsonReader {
  readonly #text: string
  readonly #maxDepth: number
  #position = 0
  #depth = 0

  constructor(text: string, options: { maxDepth?: number } = {}) {
    this.#text = text
    this.#maxDepth = options.maxDepth ?? 100
    // A byte order mark may be ignored (RFC 8259, section 8.1).
    if (text.charCodeAt(0) === 0xfeff) this.#position = 1
  }

  /** The kind of the next value. */
  kind(): JsonKind {
    switch (this.#peek()) {
      case '{':
        return 'object'
      case '[':
        return 'array'
      case '"':
        return 'string'
      case 't':
      case 'f':
        return 'boolean'
      case 'n':
        return 'null'
      case '-':
        return 'number'
      default: {
        const char = this.#text.charCodeAt(this.#position)
        return char >= 0x30 && char <= 0x39 ? 'number' : this.#fail('a value')
      }
    }
  }

  /** Reads a string. Escapes may make lone surrogates and U+0000; the caller judges them. */
  string(): string {
    if (this.#peek() !== '"') this.#fail('a string')
    const text = this.#text
    const start = this.#position + 1
    let end = start
    let char = text.charCodeAt(end)
    while (char !== QUOTE && char !== BACKSLASH && char >= SPACE) char = text.charCodeAt(++end)
    if (char !== QUOTE) return this.#escapedString(end)
    this.#position = end + 1
    return text.slice(start, end)
  }

  /** Reads a number and answers its source text, such as `-12.50` or `1e400`. */
  number(): string {
    this.#peek()
    NUMBER.lastIndex = this.#position
    const text = NUMBER.exec(this.#text)?.[0] ?? this.#fail('a number')
    this.#position += text.length
    return text
  }

  /** Reads `true`, `false` or `null`. */
  literal(): (typeof LITERALS)[number] {
    this.#peek()
    const literal = LITERALS.find((word) => this.#text.startsWith(word, this.#position))
    if (!literal) return this.#fail('true, false or null')
    this.#position += literal.length
    return literal
  }

  /** Enters an object; answers its first key, or undefined when it was empty and is left again. */
  firstKey(): string | undefined {
    this.#enter('{')
    if (this.#peek() === '}') return this.#leave()
    return this.#key()
  }

  /** The next key of the object, or undefined at its end. The value before must have been read. */
  nextKey(): string | undefined {
    const char = this.#peek()
    if (char === '}') return this.#leave()
    if (char !== ',') this.#fail("',' or '}'")
    this.#position += 1
    return this.#key()
  }

  /** Enters an array; answers whether it has an element, and otherwise leaves it again. */
  firstItem(): boolean {
    this.#enter('[')
    if (this.#peek() !== ']') return true
    this.#leave()
    return false
  }

  /** Whether the array has one more element; leaves it at its end. */
  nextItem(): boolean {
    const char = this.#peek()
    if (char === ']') {
      this.#leave()
      return false
    }
    if (char !== ',') this.#fail("',' or ']'")
    this.#position += 1
    return true
  }

  /** Reads any value and answers its source text. */
  skip(): string {
    const kind = this.kind()
    const start = this.#position
    if (kind === 'string') this.string()
    else if (kind === 'number') this.number()
    else if (kind === 'object') {
      for (let key = this.firstKey(); key !== undefined; key = this.nextKey()) this.skip()
    } else if (kind === 'array') {
      for (let more = this.firstItem(); more; more = this.nextItem()) this.skip()
    } else this.literal()
    return this.#text.slice(start, this.#position)
  }

  /** States that nothing but white space follows. */
  end(): void {
    if (this.#peek() !== '') this.#fail('the end')
  }

  #key(): string {
    const key = this.string()
    if (this.#peek() !== ':') this.#fail("':'")
    this.#position += 1
    return key
  }

  #enter(bracket: '{' | '['): void {
    if (this.#peek() !== bracket) this.#fail(`'${bracket}'`)
    this.#depth += 1
    if (this.#depth > this.#maxDepth) this.#fail(`at most ${this.#maxDepth} levels of nesting`)
    this.#position += 1
  }

  #leave(): undefined {
    this.#depth -= 1
    this.#position += 1
  }

  /** Skips white space; the next character, empty at the end. */
  #peek(): string {
    const text = this.#text
    for (;;) {
      const char = text.charCodeAt(this.#position)
      if (char !== 0x20 && char !== 0x0a && char !== 0x0d && char !== 0x09) break
      this.#position += 1
    }
    return text.charAt(this.#position)
  }

  /** The rare case: finds the closing quote behind escapes and lets JSON.parse undo them. */
  #escapedString(from: number): string {
    const start = this.#position
    let end = from
    for (;;) {
      const char = this.#text.charCodeAt(end)
      if (char === QUOTE) break
      if (!(char >= SPACE)) {
        this.#position = end
        this.#fail(Number.isNaN(char) ? 'the end of a string' : 'no control character in a string')
      }
      end += char === BACKSLASH ? 2 : 1
    }
    this.#position = end + 1
    try {
      return JSON.parse(this.#text.slice(start, end + 1))
    } catch {
      this.#position = start
      return this.#fail('a string with valid escapes')
    }
  }

  #fail(expected: string): never {
    const position = Math.min(this.#position, this.#text.length)
    const before = this.#text.slice(0, position).split('\n')
    const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}`
    throw new PurserError(
      'request.invalid_json',
      `invalid JSON: expected ${expected} at ${place}`,
      {
        details: { position: String(position) },
      },
    )
  }
}
