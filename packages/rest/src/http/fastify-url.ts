import type { PathTemplate } from './path-template.ts'

/**
 * The pattern under which Fastify's router finds a template. It is exact for plain templates; a verb
 * behind a variable is left to `template.match`, so that several templates may share a pattern.
 */
export function fastifyUrl({ segments, verb }: PathTemplate): string {
  const last = segments.at(-1)
  const endsInVariable = last === '*' || last === '**'
  const parts = segments.map((segment, index) => {
    if (segment === '**') return '*'
    return segment === '*' ? `:p${index}` : segment
  })
  return `/${parts.join('/')}${verb === '' || endsInVariable ? '' : `::${verb}`}`
}
