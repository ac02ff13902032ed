/** Names of tenants, meters and plans, chosen by people and seen in paths. */
export const slugPattern: RegExp = /^[a-z0-9][a-z0-9_-]{0,62}$/

/** Ids that callers bring from their own systems, such as account ids. */
export const resourceIdPattern: RegExp = /^[A-Za-z0-9][A-Za-z0-9._:@-]{0,127}$/

/** Whether `text` is a slug: `acme`, `pro-2026`; 1 to 63 characters. */
export function isSlug(text: string): boolean {
  return slugPattern.test(text)
}

/** Whether `text` can be a caller's id: 1 to 128 characters. */
export function isResourceId(text: string): boolean {
  return resourceIdPattern.test(text)
}
