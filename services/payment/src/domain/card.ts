/** What may be known of a card. There is no number anywhere. */
export type Card = {
  /** In lower case, such as visa. */
  brand: string
  /** Its last four digits. */
  last4: string
  /** 1 to 12. */
  expiryMonth: number
  expiryYear: number
}
