import { afterEach, describe, expect, test } from 'vitest'
import type { InvoiceDocument } from '../src/pdf/invoice-document.ts'
import { PdfRenderer, type PdfRendererOptions } from '../src/pdf/pdf-renderer.ts'

const renderers: PdfRenderer[] = []

function rendererWith(options: PdfRendererOptions = {}): PdfRenderer {
  const workerUrl = new URL('./fixtures/failing-pdf-worker.ts', import.meta.url)
  const renderer = new PdfRenderer({ workerUrl, ...options })
  renderers.push(renderer)
  return renderer
}

afterEach(async () => {
  for (const renderer of renderers.splice(0)) await renderer.stop()
})

/** A document of which the fixture reads the number alone. */
function documentOf(number: string): InvoiceDocument {
  const nobody = { name: '', lines: [] }
  return {
    title: 'Invoice',
    number,
    seller: nobody,
    buyer: nobody,
    facts: [],
    currency: 'USD',
    rows: [],
    hasPeriods: true,
    sums: [],
    total: { label: '', text: '' },
    notes: [],
    createdMs: 0,
  }
}

async function render(renderer: PdfRenderer, number: string): Promise<string> {
  return new TextDecoder().decode(await renderer.render(documentOf(number)))
}

describe('a thread that breaks', () => {
  test.each([
    ['throw', /thread broke/],
    ['exit', /thread ended with 7/],
    ['fail', /could not be drawn: not drawable/],
    ['hang', /no PDF within 3000 ms/],
  ])('by %s fails the file in hand alone', async (number, message) => {
    const renderer = rendererWith({ timeoutMs: number === 'hang' ? 3_000 : 60_000 })
    await renderer.start()
    const calls = [render(renderer, 'a'), render(renderer, number), render(renderer, 'b')]
    const [before, broken, after] = await Promise.allSettled(calls)
    expect(before).toMatchObject({ status: 'fulfilled', value: 'a' })
    expect(broken).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringMatching(message) },
    })
    expect(after).toMatchObject({ status: 'fulfilled', value: 'b' })
    expect(await render(renderer, 'c')).toBe('c')
  })
})

describe('the queue', () => {
  test('refuses what is too much and goes on', async () => {
    const renderer = rendererWith({ maxWaiting: 2 })
    const calls = ['a', 'b', 'c', 'd'].map((number) => render(renderer, number))
    const results = await Promise.allSettled(calls)
    expect(results.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
    ])
    expect(results[3]).toMatchObject({ reason: { code: 'platform.overloaded' } })
    expect(await render(renderer, 'e')).toBe('e')
  })

  test('is finished by drain, which takes nothing new', async () => {
    const renderer = rendererWith()
    const calls = ['a', 'b', 'c'].map((number) => render(renderer, number))
    const ended: string[] = []
    for (const call of calls) void call.then((number) => ended.push(number))
    const drained = renderer.drain()
    await expect(render(renderer, 'late')).rejects.toMatchObject({ code: 'platform.unavailable' })
    await drained
    await Promise.all(calls)
    expect(ended).toEqual(['a', 'b', 'c'])
  })

  test('is broken off by stop', async () => {
    const renderer = rendererWith()
    const calls = ['hang', 'a'].map((number) => render(renderer, number))
    const results = Promise.allSettled(calls)
    await renderer.stop()
    for (const result of await results) {
      expect(result).toMatchObject({ reason: { code: 'platform.unavailable' } })
    }
  })

  test('drain without work ends at once', async () => {
    await expect(rendererWith().drain()).resolves.toBeUndefined()
  })
})

test('two threads draw the same bytes, and others for another time', async () => {
  const [one, two] = [
    rendererWith({ workerUrl: undefined }),
    rendererWith({ workerUrl: undefined }),
  ]
  const document = { ...documentOf('INV-000001'), seller: { name: 'Zażółć', lines: ['Ł'] } }
  const [left, right, later] = await Promise.all([
    one.render(document),
    two.render(document),
    two.render({ ...document, createdMs: 1_000 }),
  ])
  expect(Buffer.from(left).subarray(0, 8).toString()).toBe('%PDF-1.7')
  expect(Buffer.from(left).equals(right)).toBe(true)
  expect(Buffer.from(left).equals(later)).toBe(false)
})
