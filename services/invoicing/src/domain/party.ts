/** A side of the invoice as it is printed. */
export type Party = { name: string; lines: readonly string[] }
