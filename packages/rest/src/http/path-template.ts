import { assert } from '@purser/kernel'

/** One variable of a template: `field` is the path of names, `segments` its own pattern. */
type PathVariable = {
  readonly field: readonly string[]
  readonly segments: readonly string[]
}

/**
 * A path template of google.api.http: `/v1/{name=shelves/*}/books/**:archive`. Segments are literals,
 * `*` (one segment) or `**` (the rest, also nothing; only as the last segment).
 */
export type PathTemplate = {
  readonly text: string
  /** Segments with variables replaced by their own segments. */
  readonly segments: readonly string[]
  readonly variables: readonly PathVariable[]
  readonly verb: string
  /** Values of the variables, in order, if the path (percent-encoded) matches. */
  match(path: string): readonly string[] | undefined
}

const LITERAL = /^[A-Za-z0-9._~!$&'()+,;=@-]+$/
const FIELD_PATH = /^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)*$/
const VARIABLE = /\{([^{}=]*)(?:=([^{}]*))?\}/g

/** Parses a template by the grammar in google/api/http.proto. A malformed one is a bug and throws. */
export function parsePathTemplate(text: string): PathTemplate {
  const check = (condition: boolean, why: string) => assert(condition, `path ${text}: ${why}`)
  const [, path = '', verb = ''] = /^\/(.*?)(?::([^/{}:]+))?$/.exec(text) ?? []
  check(path !== '', 'starts with / and is not empty')
  const variables: PathVariable[] = []
  let pattern = ''
  let position = 0
  for (const match of path.matchAll(VARIABLE)) {
    const [whole, field = '', own = '*'] = match
    check(FIELD_PATH.test(field), `{${field}} is no path of snake_case names`)
    pattern += `${source(path.slice(position, match.index))}(${source(own)})`
    position = match.index + whole.length
    variables.push({ field: field.split('.'), segments: own.split('/') })
  }
  pattern += source(path.slice(position))
  const segments = path.replace(VARIABLE, (_whole, _field, own = '*') => own).split('/')
  segments.forEach((segment, index) => {
    const known = segment === '*' || segment === '**' || LITERAL.test(segment)
    check(known, `segment "${segment}" is neither *, ** nor a literal`)
    check(segment !== '**' || index === segments.length - 1, '** is not the last segment')
  })
  check(verb === '' || LITERAL.test(verb), `verb "${verb}" is no literal`)
  const names = variables.map((variable) => variable.field.join('.'))
  check(new Set(names).size === names.length, 'a variable stands twice')
  const regex = new RegExp(`^/${pattern}${verb === '' ? '' : RegExp.escape(`:${verb}`)}$`)
  if (isPlain(segments)) return { text, segments, variables, verb, match: plainMatch(text) }
  return { text, segments, variables, verb, match: (url) => matchPath(regex, variables, url) }
}

const nothingCaptured: readonly string[] = []

/** Whether a template is one path. */
function isPlain(segments: readonly string[]): boolean {
  return !segments.includes('*') && !segments.includes('**')
}

function plainMatch(text: string): PathTemplate['match'] {
  return (path) => (path === text ? nothingCaptured : undefined)
}

/** The regular expression of template text without variables. */
function source(text: string): string {
  return text
    .split(/(\*\*|\*)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]+' : RegExp.escape(part)))
    .join('')
}

function matchPath(regex: RegExp, variables: readonly PathVariable[], path: string) {
  const captures = regex.exec(path)?.slice(1)
  if (!captures) return undefined
  try {
    return captures.map((text, index) => decodeCapture(text, variables[index]))
  } catch {
    // Not the percent-encoding of UTF-8: such a path names nothing.
    return undefined
  }
}

/** One segment is decoded in full; in several, an encoded slash stays as it is (google/api/http.proto). */
function decodeCapture(text: string, variable: PathVariable | undefined): string {
  const single = variable?.segments.length === 1 && variable.segments[0] !== '**'
  if (single) return decodeURIComponent(text)
  return text
    .split(/(%2[Ff])/)
    .map((part) => (/^%2f$/i.test(part) ? part : decodeURIComponent(part)))
    .join('')
}
