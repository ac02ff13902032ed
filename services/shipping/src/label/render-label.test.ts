import { inflateSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { type Label, renderLabel } from './render-label.ts'

const label: Label = {
  shipmentId: 'ship_01jn0000000000000000000000',
  orderId: 'order-1',
  carrier: 'sandbox',
  carrierService: 'standard',
  trackingNumber: 'SBX01JN0000000000000000000000',
  weightGrams: 1_250n,
  createdAt: Temporal.Instant.from('2026-02-15T12:00:00Z'),
  recipient: {
    name: 'Łukasz Ěžek',
    address: {
      lines: ['12 Harbour Street', 'Floor 3'],
      city: 'Valletta',
      region: '',
      postalCode: 'VLT 1110',
      country: 'MT',
    },
  },
}

/** Objects of a file with their streams inflated. */
function textOf(file: Uint8Array): string {
  const raw = Buffer.from(file).toString('latin1')
  return raw.replaceAll(/stream\n([\s\S]*?)\nendstream/g, (whole, packed: string) => {
    try {
      return inflateSync(Buffer.from(packed, 'latin1')).toString('latin1')
    } catch {
      return whole
    }
  })
}

const withRecipient = (changes: { name?: string; lines?: string[]; city?: string }): Label => ({
  ...label,
  recipient: {
    name: changes.name ?? label.recipient.name,
    address: { ...label.recipient.address, ...changes },
  },
})

describe('a label', () => {
  test('is one page of A6 with the font in it, and always the same bytes', async () => {
    const file = await renderLabel(label)
    const text = textOf(file)
    expect(text.startsWith('%PDF-1.7')).toBe(true)
    expect(text.match(/\/Type \/Page\b/g)).toHaveLength(1)
    expect(text).toContain('/MediaBox [0 0 297.64 419.53]')
    expect(text).toMatch(/\/FontName \/[A-Z]+\+Geist-Regular/)
    expect(Buffer.from(file).equals(await renderLabel(label))).toBe(true)
  })

  test('has the glyphs of the address', async () => {
    // Ł and ž, as the map from glyphs to text has them.
    const text = textOf(await renderLabel(label)).toLowerCase()
    expect(text).toContain('<0141>')
    expect(text).toContain('<017e>')
  })

  test.each([
    [
      'the longest texts',
      withRecipient({
        name: 'W'.repeat(200),
        lines: Array.from({ length: 4 }, () => 'W'.repeat(200)),
        city: 'W'.repeat(100),
      }),
    ],
    [
      'many words',
      withRecipient({ lines: Array.from({ length: 4 }, () => 'long words '.repeat(18)) }),
    ],
    ['other scripts', withRecipient({ name: '山田太郎', lines: ['東京都千代田区', '🏠'] })],
    ['control characters', withRecipient({ name: 'a\u0007b\u202Ec', lines: ['x\ny\r\n\u0000z'] })],
    ['nothing but a name', withRecipient({ lines: [], city: '' })],
  ])('stays one page with %s', async (_, given) => {
    const text = textOf(await renderLabel(given))
    expect(text.match(/\/Type \/Page\b/g)).toHaveLength(1)
  })
})
