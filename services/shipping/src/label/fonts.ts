import { readFileSync } from 'node:fs'
import { create } from 'fontkit'

// The package exports its modules only; the font files lie beside them.
const fontsDir = new URL('fonts/geist-sans/', import.meta.resolve('geist/font/sans'))

/**
 * Geist, parsed once: that costs more than drawing a label does. Covers Latin, Cyrillic and currency
 * signs; other scripts are drawn as empty boxes.
 */
export const fonts = { regular: parse('Geist-Regular.ttf'), bold: parse('Geist-SemiBold.ttf') }

function parse(file: string) {
  return create(readFileSync(new URL(file, fontsDir)))
}
