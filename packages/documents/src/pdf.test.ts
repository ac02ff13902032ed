import { expect, test } from 'vitest'
import { createPdf, setFont } from './pdf.ts'

const createdMs = Date.UTC(2026, 1, 15, 12)

async function draw(text: string, createdAtMs = createdMs): Promise<Uint8Array> {
  const pdf = createPdf({ size: 'A4', title: 'Title', author: 'Author', createdMs: createdAtMs })
  setFont(pdf.document, 'regular', 9).text(text, 48, 48)
  setFont(pdf.document, 'bold', 12).text(text, 48, 96)
  pdf.document.end()
  return await pdf.bytes
}

test('a file has its size, its names and both faces', async () => {
  const file = Buffer.from(await draw('Łukasz')).toString('latin1')
  expect(file.startsWith('%PDF-1.7')).toBe(true)
  expect(file).toContain('/MediaBox [0 0 595.28 841.89]')
  expect(file).toContain('\n(Title)\n')
  expect(file).toContain('\n(Author)\n')
  expect(file).toMatch(/\/FontName \/[A-Z]+\+Geist-Regular/)
  expect(file).toMatch(/\/FontName \/[A-Z]+\+Geist-SemiBold/)
})

test('the same drawing gives the same bytes; another text or date, others', async () => {
  const file = await draw('one')
  expect(Buffer.compare(await draw('one'), file)).toBe(0)
  expect(Buffer.compare(await draw('two'), file)).not.toBe(0)
  expect(Buffer.compare(await draw('one', createdMs + 1_000), file)).not.toBe(0)
})

test('a script that the faces do not cover is drawn all the same', async () => {
  expect(Buffer.from(await draw('東京 🏠')).toString('latin1')).toContain('%%EOF')
})

test('the bytes are alone in their memory', async () => {
  const file = await draw('one')
  expect(file.byteOffset).toBe(0)
  expect(file.buffer.byteLength).toBe(file.byteLength)
})
