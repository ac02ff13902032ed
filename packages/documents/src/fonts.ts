import { readFileSync } from 'node:fs'
import * as fontkit from 'fontkit'

// The package exports its modules only; the font files lie beside them.
const fontsDir = new URL('fonts/geist-sans/', import.meta.resolve('geist/font/sans'))

/** Parsed once: that costs more than drawing a page does. */
export const fonts = {
  regular: parse('Geist-Regular.ttf'),
  bold: parse('Geist-SemiBold.ttf'),
}

/** Faces of Geist. It covers Latin, Cyrillic and currency signs; other scripts are drawn as empty boxes. */
export type FontName = keyof typeof fonts

function parse(file: string): fontkit.Font {
  return fontkit.create(readFileSync(new URL(file, fontsDir)))
}
