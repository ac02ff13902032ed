/** Why lines of a file are refused; the contract's `LineRejection.reason`. */
export type RefusalReason =
  | 'too_long'
  | 'stray_quote'
  | 'unclosed_quote'
  | 'not_utf8'
  | 'wrong_cell_count'
  | 'missing_slug'
  | 'missing_sku'
  | 'invalid_value'
  | 'invalid_price'
  | 'invalid_product'
  | 'unknown_category'
  | 'unknown_collection'
  | 'unknown_location'
  | 'sku_taken'

/** Refuses the product that a line belongs to. */
export class LineRefusal extends Error {
  readonly line: number
  readonly reason: RefusalReason

  constructor(line: number, reason: RefusalReason, message: string) {
    super(message)
    this.name = 'LineRefusal'
    this.line = line
    this.reason = reason
  }
}
