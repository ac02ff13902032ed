import { type AttributePath, comparedAttribute, findAttributePath } from './attribute-path.ts'
import { type Comparison, comparisons, type Filter, toScimTime } from './filter.ts'
import { type FilterToken, filterTokens, invalidFilter } from './filter-tokens.ts'
import { type Attribute, findAttribute, type ScimSchema } from './scim-schema.ts'

const mostNesting = 20
const mostComparisons = 100

/** Finds the attribute that a name in a filter means. */
type FindPath = (name: string) => AttributePath

/**
 * Reads a filter of RFC 7644, section 3.4.2.2: `not` binds closer than `and`, `and` closer than
 * `or`; attributes and operators are named in any case. At most 100 comparisons, 20 levels deep.
 * Throws `invalidFilter`.
 */
export function parseFilter(schema: ScimSchema, text: string): Filter {
  const find = (name: string) => findAttributePath(schema, name, 'invalidFilter')
  return new FilterParser(filterTokens(text), find).whole()
}

/** Reads the filter of one element of a multi-valued attribute: `type eq "work"`. */
export function parseElementFilter(attribute: Attribute, text: string): Filter {
  return new FilterParser(filterTokens(text), elementPath(attribute)).whole()
}

class FilterParser {
  readonly #tokens: readonly FilterToken[]
  #next = 0
  #depth = 0
  #comparisons = 0
  #find: FindPath

  constructor(tokens: readonly FilterToken[], find: FindPath) {
    this.#tokens = tokens
    this.#find = find
  }

  whole(): Filter {
    const filter = this.#any()
    if (this.#next < this.#tokens.length)
      throw invalidFilter('The filter does not end where it should.')
    return filter
  }

  #any(): Filter {
    return this.#joined('any', 'or', () => this.#joined('all', 'and', () => this.#factor()))
  }

  #joined(kind: 'all' | 'any', word: string, part: () => Filter): Filter {
    const first = part()
    const parts = [first]
    while (this.#takeWord(word)) parts.push(part())
    return parts.length === 1 ? first : { kind, parts }
  }

  #factor(): Filter {
    if (this.#takeWord('not')) {
      if (!this.#takeBracket('(')) throw invalidFilter('Expected "(" after "not".')
      return { kind: 'not', part: this.#group(')') }
    }
    if (this.#takeBracket('(')) return this.#group(')')
    return this.#comparison()
  }

  #group(end: ')' | ']'): Filter {
    this.#depth += 1
    if (this.#depth > mostNesting) throw invalidFilter('The filter is nested too deeply.')
    const filter = this.#any()
    if (!this.#takeBracket(end)) throw invalidFilter(`Expected "${end}" in the filter.`)
    this.#depth -= 1
    return filter
  }

  #comparison(): Filter {
    this.#comparisons += 1
    if (this.#comparisons > mostComparisons) throw invalidFilter('The filter compares too much.')
    const path = this.#find(this.#word())
    if (this.#takeBracket('[')) return this.#element(path)
    const operator = this.#word().toLowerCase()
    if (operator === 'pr') return { kind: 'present', path }
    const comparison = comparisons.find((known) => known === operator)
    if (comparison === undefined) throw invalidFilter(`There is no operator "${operator}".`)
    return compared(path, comparison, this.#value())
  }

  #element(path: AttributePath): Filter {
    const { attribute, sub } = path
    if (!attribute.config.multiValued || sub)
      throw invalidFilter(`"${attribute.name}" has no elements.`)
    const outer = this.#find
    this.#find = elementPath(attribute)
    const filter = this.#group(']')
    this.#find = outer
    return { kind: 'element', path, filter }
  }

  #value(): string | boolean | null {
    const token = this.#tokens[this.#next]
    this.#next += 1
    if (token?.kind === 'text') return token.text
    if (token?.kind === 'word') {
      const word = token.text.toLowerCase()
      if (word === 'true' || word === 'false') return word === 'true'
      if (word === 'null') return null
    }
    throw invalidFilter('Expected a text in quotes, true, false or null in the filter.')
  }

  #word(): string {
    const token = this.#tokens[this.#next]
    this.#next += 1
    if (token?.kind === 'word') return token.text
    throw invalidFilter('Expected the name of an attribute or operator in the filter.')
  }

  #takeWord(word: string): boolean {
    const token = this.#tokens[this.#next]
    const isIt = token?.kind === 'word' && token.text.toLowerCase() === word
    if (isIt) this.#next += 1
    return isIt
  }

  #takeBracket(text: string): boolean {
    const token = this.#tokens[this.#next]
    const isIt = token?.kind === 'bracket' && token.text === text
    if (isIt) this.#next += 1
    return isIt
  }
}

function elementPath(attribute: Attribute): FindPath {
  return (name) => {
    const sub = findAttribute(attribute.subAttributes ?? [], name)
    if (sub === undefined)
      throw invalidFilter(`"${attribute.name}" has no "${name.slice(0, 200)}".`)
    return { attribute, sub }
  }
}

function compared(
  path: AttributePath,
  comparison: Comparison,
  value: string | boolean | null,
): Filter {
  const attribute = comparedAttribute(path)
  if (attribute === undefined)
    throw invalidFilter(`"${path.attribute.name}" cannot be compared as a whole.`)
  if (value === null) {
    if (comparison === 'eq') return { kind: 'not', part: { kind: 'present', path } }
    if (comparison === 'ne') return { kind: 'present', path }
    throw invalidFilter('null can only be compared by "eq" and "ne".')
  }
  return { kind: 'compare', path, comparison, value: checked(attribute, comparison, value) }
}

function checked(
  { name, type, config }: Attribute,
  comparison: Comparison,
  value: string | boolean,
): string | boolean {
  if (type === 'boolean') {
    const spelled = String(value).toLowerCase()
    const isKnown = spelled === 'true' || spelled === 'false'
    const isPlain = comparison === 'eq' || comparison === 'ne'
    if (isKnown && isPlain) return spelled === 'true'
    throw invalidFilter(`"${name}" is compared by "eq" and "ne" with true and false.`)
  }
  if (typeof value === 'boolean') throw invalidFilter(`"${name}" is compared with a text.`)
  if (type === 'dateTime') return timeText(name, value)
  return config.caseExact ? value : value.toLowerCase()
}

function timeText(name: string, value: string): string {
  try {
    return toScimTime(Temporal.Instant.from(value))
  } catch {
    throw invalidFilter(`"${name}" is compared with a time such as "2026-02-15T12:00:00Z".`)
  }
}
