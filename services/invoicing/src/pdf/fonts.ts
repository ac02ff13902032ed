import { readFileSync } from 'node:fs'
import * as fontkit from 'fontkit'

// The package exports its modules only; the font files lie beside them.
const fontsDir = new URL('fonts/geist-sans/', import.meta.resolve('geist/font/sans'))

/**
 * Geist, parsed once: that costs more than drawing a page does. Covers Latin, Cyrillic and currency
 * signs; other scripts are drawn as empty boxes.
 */
export const fonts = {
  regular: parse('Geist-Regular.ttf'),
  bold: parse('Geist-SemiBold.ttf'),
}

export type FontName = keyof typeof fonts

function parse(file: string): fontkit.Font {
  return fontkit.create(readFileSync(new URL(file, fontsDir)))
}
