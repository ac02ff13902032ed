import type { CsvColumns } from './csv-columns.ts'
import { readColumns } from './csv-columns.ts'
import type { CsvRecord } from './csv-reader.ts'
import { ImportReport } from './import-report.ts'
import type { CsvLine, CsvProduct } from './read-product.ts'

/** Products of one transaction: large enough that its own cost vanishes, small enough to be short. */
const BATCH_SIZE = 250

const recordMessages = {
  too_long: 'The record is longer than 256 KiB.',
  stray_quote: 'A quoted cell goes on after its closing quote.',
  unclosed_quote: 'A quote closes nowhere.',
} as const

/** Stores products in one transaction and reports each. */
export type StoreBatch = (
  products: readonly CsvProduct[],
  columns: CsvColumns,
  report: ImportReport,
) => Promise<void>

/**
 * One import: takes records in order, gathers the lines of each product, and stores products in batches.
 * Lines of one slug that follow each other are one product.
 */
export class ImportSession {
  readonly report = new ImportReport()
  readonly #store: StoreBatch
  #columns: CsvColumns | undefined
  #lines: CsvLine[] = []
  #slug = ''
  #batch: CsvProduct[] = []
  /** Full batches that wait to be stored. */
  #full: CsvProduct[][] = []

  constructor(store: StoreBatch) {
    this.#store = store
  }

  /** Takes a record. Throws `request.invalid` for a first line that is none. */
  take(record: CsvRecord): void {
    const { line } = record
    if (record.kind === 'refused') {
      if (this.#columns === undefined) this.#columns = readColumns([])
      return this.#refuse(line, '', record.reason, recordMessages[record.reason])
    }
    if (this.#columns === undefined) {
      this.#columns = readColumns(record.cells)
      return
    }
    const { names } = this.#columns
    if (record.cells.length !== names.length) {
      const message = `expected ${names.length} cells, got ${record.cells.length}`
      return this.#refuse(line, '', 'wrong_cell_count', message)
    }
    const cells = new Map(names.map((name, at) => [name, record.cells[at]?.trim() ?? '']))
    const slug = cells.get('slug') ?? ''
    if (record.cells.some((cell) => cell.includes('\u{FFFD}') || cell.includes('\0'))) {
      return this.#refuse(line, slug, 'not_utf8', 'The line is not text in UTF-8.')
    }
    if (slug === '') return this.#refuse(line, '', 'missing_slug', 'The line names no slug.')
    if (cells.get('sku') === '')
      return this.#refuse(line, slug, 'missing_sku', 'The line names no SKU.')
    if (slug !== this.#slug) this.#endProduct()
    this.#slug = slug
    this.#lines.push({ line, cells })
  }

  /** Stores what is full. Call between chunks of input. */
  async ready(): Promise<void> {
    for (let batch = this.#full.shift(); batch; batch = this.#full.shift()) await this.#save(batch)
  }

  /** Stores what is left. */
  async finish(): Promise<void> {
    this.#endProduct()
    await this.ready()
    if (this.#batch.length > 0) await this.#save(this.#batch)
    this.#batch = []
  }

  #endProduct(): void {
    if (this.#lines.length === 0) return
    const product = { slug: this.#slug, lines: this.#lines }
    // A slug that comes again is another change of the same product.
    if (this.#batch.length >= BATCH_SIZE || this.#batch.some(({ slug }) => slug === product.slug)) {
      this.#full.push(this.#batch)
      this.#batch = []
    }
    this.#batch.push(product)
    this.#lines = []
    this.#slug = ''
  }

  async #save(batch: readonly CsvProduct[]): Promise<void> {
    if (this.#columns === undefined) throw new Error('products come after the first line')
    await this.#store(batch, this.#columns, this.report)
  }

  #refuse(
    line: number,
    slug: string,
    reason: Parameters<ImportReport['reject']>[0]['reason'],
    message: string,
  ): void {
    this.report.reject({ line, slug: slug.slice(0, 100), reason, message }, 1)
  }
}
