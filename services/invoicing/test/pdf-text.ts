import { inflateSync } from 'node:zlib'

/**
 * The texts of a PDF file as pdfkit writes it, page by page, in the order in which they were put,
 * one a line. Reads what a viewer reads: streams are inflated, glyphs are named by the ToUnicode
 * map of their font.
 */
export function textOfPdf(file: Uint8Array): string[] {
  const objects = readObjects(Buffer.from(file).toString('latin1'))
  return [...objects.values()]
    .filter(({ head }) => /\/Type \/Page\b/.test(head))
    .map(({ head }) => {
      const resources = objects.get(reference(head, 'Resources'))?.head ?? ''
      const content = objects.get(reference(head, 'Contents'))?.stream ?? ''
      return textOfPage(content, readFonts(objects, resources))
    })
}

type PdfObject = { head: string; stream: string }
type Glyphs = ReadonlyMap<string, string>

function readObjects(file: string): Map<string, PdfObject> {
  const objects = new Map<string, PdfObject>()
  for (const match of file.matchAll(/(\d+) 0 obj\n([\s\S]*?)\nendobj/g)) {
    const [, id = '', text = ''] = match
    const start = text.indexOf('stream\n')
    const head = start < 0 ? text : text.slice(0, start)
    const raw =
      start < 0 ? '' : text.slice(start + 'stream\n'.length, text.lastIndexOf('\nendstream'))
    const isPacked = head.includes('FlateDecode')
    const stream = isPacked ? inflateSync(Buffer.from(raw, 'latin1')).toString('latin1') : raw
    objects.set(id, { head, stream })
  }
  return objects
}

function reference(head: string, name: string): string {
  return new RegExp(`/${name} \\[?(\\d+) 0 R`).exec(head)?.[1] ?? ''
}

function readFonts(objects: Map<string, PdfObject>, resources: string): Map<string, Glyphs> {
  const fonts = new Map<string, Glyphs>()
  for (const [, name = '', id = ''] of resources.matchAll(/\/(F\d+) (\d+) 0 R/g)) {
    const font = objects.get(id)?.head ?? ''
    fonts.set(name, readGlyphs(objects.get(reference(font, 'ToUnicode'))?.stream ?? ''))
  }
  return fonts
}

/** pdfkit writes `<first> <last> [<text> <text> ...]`, texts in UTF-16. */
function readGlyphs(map: string): Glyphs {
  const glyphs = new Map<string, string>()
  for (const [, first = '', texts = ''] of map.matchAll(/<(\w+)> <\w+> \[([^\]]*)\]/g)) {
    const list = texts.match(/<([^>]*)>/g) ?? []
    for (const [index, text] of list.entries()) {
      const glyph = (Number.parseInt(first, 16) + index).toString(16).padStart(4, '0')
      const units = text.replaceAll(/[<> ]/g, '').match(/.{4}/g) ?? []
      glyphs.set(glyph, String.fromCharCode(...units.map((unit) => Number.parseInt(unit, 16))))
    }
  }
  return glyphs
}

/** A block `BT ... ET` is one run of text in one font. */
function textOfPage(content: string, fonts: Map<string, Glyphs>): string {
  const blocks = [...content.matchAll(/BT\n([\s\S]*?)ET/g)].map(([, block = '']) => {
    const glyphs = fonts.get(/\/(F\d+) /.exec(block)?.[1] ?? '')
    const codes = [...block.matchAll(/<([0-9a-f]+)>/g)].flatMap(
      ([, hex = '']) => hex.match(/.{4}/g) ?? [],
    )
    return codes.map((code) => glyphs?.get(code) ?? '?').join('')
  })
  return blocks.join('\n')
}
