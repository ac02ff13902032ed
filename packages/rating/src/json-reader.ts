import { Decimal, type FieldViolation } from '@purser/kernel'

/** Any JSON value, for fields that are read one by one. */
type JsonFields = Readonly<Record<string, unknown>>

/**
 * Reads the fields of one JSON object, each at most once, and gathers what is wrong with them; `done` refuses
 * the fields that nobody read. Values that were refused come back as undefined or a neutral value, so that
 * one pass finds every violation.
 */
export class JsonReader {
  readonly violations: FieldViolation[]
  private readonly path: string
  private readonly fields: JsonFields
  private readonly read = new Set<string>()

  constructor(value: unknown, path: string, violations: FieldViolation[] = []) {
    this.violations = violations
    this.path = path
    this.fields = isObject(value) ? value : {}
    if (!isObject(value)) this.violations.push({ field: path, message: 'must be an object' })
  }

  /** A decimal written as a string; null and absent are undefined. */
  decimal(name: string): Decimal | undefined {
    const value = this.take(name)
    if (value === undefined || value === null) return undefined
    const parsed = typeof value === 'string' ? Decimal.tryParse(value) : undefined
    if (parsed === undefined) this.refuse(name, 'must be a decimal string such as "12.50"')
    return parsed
  }

  /** As `decimal`, for a field that must be there; zero when it was refused. */
  requiredDecimal(name: string): Decimal {
    if (this.fields[name] === undefined || this.fields[name] === null) {
      this.read.add(name)
      this.refuse(name, 'is required')
    }
    return this.decimal(name) ?? Decimal.zero
  }

  /** One of `words`; absent is undefined. */
  word<Word extends string>(name: string, words: readonly Word[]): Word | undefined {
    const value = this.take(name)
    if (value === undefined) return undefined
    const word = words.find((candidate) => candidate === value)
    if (word === undefined) this.refuse(name, `must be one of ${words.join(', ')}`)
    return word
  }

  /** The elements of an array, each with a reader at its own path; none when refused. */
  list<Item>(name: string, readItem: (reader: JsonReader) => Item): Item[] {
    const value = this.take(name)
    if (!Array.isArray(value)) {
      this.refuse(name, 'must be an array')
      return []
    }
    return value.map((item, index) => {
      const reader = new JsonReader(item, `${this.fieldPath(name)}[${index}]`, this.violations)
      const read = readItem(reader)
      reader.done()
      return read
    })
  }

  /** Refuses every field that was not read. */
  done(): void {
    for (const name of Object.keys(this.fields)) {
      if (!this.read.has(name)) this.refuse(name, 'is not a known field')
    }
  }

  refuse(name: string, message: string): void {
    this.violations.push({ field: this.fieldPath(name), message })
  }

  private take(name: string): unknown {
    this.read.add(name)
    return Object.hasOwn(this.fields, name) ? this.fields[name] : undefined
  }

  private fieldPath(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`
  }
}

function isObject(value: unknown): value is JsonFields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
