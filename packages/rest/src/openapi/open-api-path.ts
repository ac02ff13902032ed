import type { PathTemplate } from '../http/path-template.ts'

/** A path in OpenAPI's notation and the parameters in it, each with the variable that it is part of. */
export type OpenApiPath = {
  text: string
  parameters: { name: string; variable: number; isWholeVariable: boolean }[]
}

/**
 * Writes a template with one parameter a wildcard, since OpenAPI has no variables of several segments:
 * `/v1/{name=shelves/*}` is `/v1/shelves/{name}`, and with more wildcards they are numbered.
 */
export function openApiPath(template: PathTemplate): OpenApiPath {
  const parameters: OpenApiPath['parameters'] = []
  let variable = 0
  const path = template.text.replaceAll(
    /\{([^{}=]*)(?:=([^{}]*))?\}|\*\*|\*/g,
    (whole, name, own = '*') => {
      // A bare wildcard belongs to no field.
      if (!whole.startsWith('{')) {
        const bare = `segment_${parameters.length + 1}`
        parameters.push({ name: bare, variable: -1, isWholeVariable: false })
        return `{${bare}}`
      }
      const index = variable++
      const count = own.match(/\*\*|\*/g)?.length ?? 0
      let number = 0
      return own.replaceAll(/\*\*|\*/g, () => {
        number += 1
        const parameter = count === 1 ? name : `${name}_${number}`
        parameters.push({ name: parameter, variable: index, isWholeVariable: own === '*' })
        return `{${parameter}}`
      })
    },
  )
  return { text: path, parameters }
}
