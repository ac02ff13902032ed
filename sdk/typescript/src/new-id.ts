/** An identifier that nobody made before: `use_` and a random UUID. */
export function newId(prefix: string): string {
  return `${prefix}_${crypto.randomUUID()}`
}
