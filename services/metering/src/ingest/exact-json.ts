/**
 * Text that may hold a number which a double cannot carry exactly, or one that is or would be printed in exponent
 * notation: 16 digits in a row, six zeros after the point, a bare number followed by `e`. False alarms only
 * cost time.
 */
const RISKY_NUMBER = /[0-9.]{16,}|0\.000000|[:,[\s]-?[0-9.]+[eE]/

/** JSON whose numbers under `quantity` keep their exact text (as strings). Throws SyntaxError. */
export function parseEventJson(text: string): unknown {
  return RISKY_NUMBER.test(text) ? JSON.parse(text, keepQuantityText) : JSON.parse(text)
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
