/**
 * JSON of one event, whose number under `quantity` keeps its exact text (as a string). A double cannot carry every
 * decimal, so the text is cut out of the source; where it does not stand there plainly and once, a slower parser
 * hands it out. Throws SyntaxError.
 */
export function parseEventLine(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (!isRecord(value) || typeof value['quantity'] !== 'number') return value
  const literal = quantityLiteral(text)
  if (literal === undefined) return parseEventJson(text)
  value['quantity'] = literal
  return value
}

/** JSON of one or many events, whose numbers under `quantity` keep their exact text. Throws SyntaxError. */
export function parseEventJson(text: string): unknown {
  return JSON.parse(text, keepQuantityText)
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

const KEY = '"quantity"'

/** The number after the only `"quantity"` of a valid JSON text; undefined when that is not certain. */
function quantityLiteral(text: string): string | undefined {
  const at = text.indexOf(KEY)
  if (at === -1 || text.indexOf(KEY, at + KEY.length) !== -1) return undefined
  let start = at + KEY.length
  while (isSpaceOrColon(text.charCodeAt(start))) start += 1
  let end = start
  while (isNumberPart(text.charCodeAt(end))) end += 1
  return end === start ? undefined : text.slice(start, end)
}

function isSpaceOrColon(code: number): boolean {
  return code === 0x3a || code === 0x20 || code === 0x09 || code === 0x0d || code === 0x0a
}

/** Digits, sign, point and exponent. */
function isNumberPart(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) ||
    code === 0x2d ||
    code === 0x2e ||
    code === 0x2b ||
    code === 0x45 ||
    code === 0x65
  )
}

/** JSON in which every number keeps its exact text (as a string). Throws SyntaxError. */
export function parseJsonKeepingNumbers(text: string): unknown {
  return JSON.parse(text, keepNumberText)
}

type ReviverContext = { source: string }

function keepQuantityText(key: string, value: unknown, context?: ReviverContext): unknown {
  return key === 'quantity' && typeof value === 'number' ? sourceOf(context, value) : value
}

function keepNumberText(_key: string, value: unknown, context?: ReviverContext): unknown {
  return typeof value === 'number' ? sourceOf(context, value) : value
}

function sourceOf(context: ReviverContext | undefined, value: number): string {
  return context?.source ?? String(value)
}
