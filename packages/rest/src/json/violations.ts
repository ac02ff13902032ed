import { type FieldViolation, PurserError } from '@purser/kernel'

const MAX_VIOLATIONS = 100
const MAX_SEGMENT_LENGTH = 64

/**
 * Collects what is wrong with a request while it is read, each with its path: `prices[0].tiers`.
 * Reading goes on after a violation, so that a caller sees all of them; after 100 it ends.
 */
export class Violations {
  readonly #found: FieldViolation[] = []
  readonly #path: (string | number)[] = []

  /** Steps into a member or, by number, an element. */
  enter(segment: string | number): void {
    this.#path.push(segment)
  }

  leave(): void {
    this.#path.pop()
  }

  /** Notes a violation at the present path, or at `name` below it. */
  add(message: string, name?: string): void {
    const path = name === undefined ? this.#path : [...this.#path, name]
    this.#found.push({ field: path.length === 0 ? 'body' : writePath(path), message })
    if (this.#found.length >= MAX_VIOLATIONS) this.throwIfAny()
  }

  /** Throws PurserError `request.invalid` with all violations, if there are any. */
  throwIfAny(): void {
    const [first] = this.#found
    if (!first) return
    const more = this.#found.length === 1 ? '' : ` (and ${this.#found.length - 1} more)`
    throw new PurserError('request.invalid', `${first.field}: ${first.message}${more}`, {
      fields: this.#found,
    })
  }
}

function writePath(path: readonly (string | number)[]): string {
  return path.reduce<string>((text, segment) => {
    if (typeof segment === 'number') return `${text}[${segment}]`
    const name = segment.slice(0, MAX_SEGMENT_LENGTH).toWellFormed()
    return text === '' ? name : `${text}.${name}`
  }, '')
}
