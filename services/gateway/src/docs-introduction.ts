/** What a reader of the interactive documentation has to know before the first call; Markdown. */
export const docsIntroduction = `
Sell goods, seats and usage. All routes are below \`/api/v1\`; what belongs to a tenant, below \`/api/v1/tenants/{tenant}\`.

**Credentials.** An API key or the access token of a sign-in, as \`Authorization: Bearer …\`; a key also as \`X-API-Key\`. \`npm start\` prints
a key of the demo tenant \`acme\`: paste it under *Authentication*, and every route can be tried here. Routes of the shop take none.

**Errors** are problem documents (RFC 9457). Go by \`code\`, which stays; \`detail\` is for people, \`errors\` names each wrong field.
\`request_id\` is what to tell support.

**Writing again.** With the header \`Idempotency-Key\` a write that is sent again within 7 days answers the first reply, byte for byte.

**Lists** answer \`next_page_token\` while there is more: send it as \`page_token\`, with \`page_size\`.

**Money** is a whole number of the currency's smallest unit, such as cents, with its currency. Quantities and prices of a unit are decimal
texts: no number is rounded on its way.

**Limits.** \`RateLimit\` and \`X-RateLimit-*\` tell what is left; 429 and 503 say when to come back in \`Retry-After\`.
`.trim()
