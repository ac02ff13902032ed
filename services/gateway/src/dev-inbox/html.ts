/** Markup: what comes from outside is in it escaped alone. */
export type Html = { markup: string }

type Value = string | Html | readonly Html[]

/** Markup of a template; texts among the values are escaped. */
export function html(parts: TemplateStringsArray, ...values: readonly Value[]): Html {
  const markup = parts.map((part, at) => part + markupOf(values[at] ?? '')).join('')
  return { markup }
}

function markupOf(value: Value): string {
  if (typeof value === 'string') return escape(value)
  return 'markup' in value ? value.markup : value.map((each) => each.markup).join('')
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
