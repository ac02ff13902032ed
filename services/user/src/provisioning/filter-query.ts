import { assert } from '@purser/kernel'
import { type AttributePath, comparedAttribute } from './attribute-path.ts'
import type { Comparison, Filter } from './filter.ts'

/**
 * A filter as data for Postgres's `jsonb_path_match`: the predicate, and the values that it names.
 * The statement that takes it is one text for all filters.
 */
export type FilterQuery = { predicate: string; values: Readonly<Record<string, string | boolean>> }

/**
 * Compiles a filter for documents whose member names are in lower case, as are texts that ignore
 * case. Values are never part of the predicate's syntax: they are variables, or JSON text literals.
 */
export function filterQuery(filter: Filter): FilterQuery {
  const values: Record<string, string | boolean> = {}
  const variable = (value: string | boolean) => {
    const name = `v${Object.keys(values).length}`
    values[name] = value
    return `$${name}`
  }
  return { predicate: predicateOf(filter, undefined, variable), values }
}

type Variable = (value: string | boolean) => string

/** `element` is the attribute whose one element is looked at; undefined for the whole document. */
function predicateOf(filter: Filter, element: string | undefined, variable: Variable): string {
  switch (filter.kind) {
    case 'all':
    case 'any': {
      const parts = filter.parts.map((part) => predicateOf(part, element, variable))
      return `(${parts.join(filter.kind === 'all' ? ' && ' : ' || ')})`
    }
    case 'not':
      return `(!${predicateOf(filter.part, element, variable)})`
    case 'present':
      return `(exists(${pathText(filter.path, element, false)}))`
    case 'compare': {
      const path = pathText(filter.path, element, true)
      return comparisonText(path, filter.comparison, filter.value, variable)
    }
    case 'element': {
      const inner = predicateOf(filter.filter, filter.path.attribute.name, variable)
      return `(exists(${pathText(filter.path, element, false)} ? ${inner}))`
    }
  }
}

function comparisonText(
  path: string,
  comparison: Comparison,
  value: string | boolean,
  variable: Variable,
): string {
  const text = String(value)
  switch (comparison) {
    case 'eq':
      return `(${path} == ${variable(value)})`
    case 'ne':
      return `(!(${path} == ${variable(value)}))`
    case 'gt':
      return `(${path} > ${variable(value)})`
    case 'ge':
      return `(${path} >= ${variable(value)})`
    case 'lt':
      return `(${path} < ${variable(value)})`
    case 'le':
      return `(${path} <= ${variable(value)})`
    case 'sw':
      return `(${path} starts with ${variable(value)})`
    case 'co':
      // Flag q: the text stands for itself.
      return `(${path} like_regex ${JSON.stringify(text)} flag "q")`
    case 'ew':
      return `(${path} like_regex ${JSON.stringify(`${literalPattern(text)}$`)})`
  }
}

function pathText(path: AttributePath, element: string | undefined, compares: boolean): string {
  const { attribute, sub } = path
  const inner =
    sub ?? (compares && attribute.type === 'complex' ? comparedAttribute(path) : undefined)
  const member = inner ? `.${quoted(inner.name)}` : ''
  if (element !== undefined) {
    assert(element === attribute.name && inner, 'the filter of an element names its members')
    return `@${member}`
  }
  return `$.${quoted(attribute.name)}${attribute.config.multiValued ? '[*]' : ''}${member}`
}

function quoted(name: string): string {
  return JSON.stringify(name.toLowerCase())
}

/** A regular expression that the text alone matches: a backslash takes the meaning of any mark. */
function literalPattern(text: string): string {
  return text.replaceAll(/[^\p{L}\p{N}]/gu, (mark) =>
    /^[\x21-\x7e]$/.test(mark) ? `\\${mark}` : mark,
  )
}
