const MASK = '[redacted]'

// Compared without case, dashes and underscores: `X-Api-Key`, `apiKey` and `api_key` are one name.
const secretNames = new Set([
  'accesstoken',
  'apikey',
  'authorization',
  'clientsecret',
  'cookie',
  'password',
  'passwordhash',
  'principaltoken',
  'privatekey',
  'proxyauthorization',
  'purserprincipal',
  'refreshtoken',
  'secret',
  'secretkey',
  'setcookie',
  'signingkey',
  'token',
  'xapikey',
])

const MAX_DEPTH = 8

/**
 * Returns `fields` with the value of every field that is named like a secret (authorization, API
 * keys, passwords, tokens, cookies) replaced, in nested plain objects and arrays down to 8 levels;
 * below that whole objects are replaced. Instances of classes (errors, dates) pass untouched.
 * Never changes its argument; returns the same object when there was nothing to mask.
 */
export function redactSecrets<Fields extends object>(fields: Fields): Fields {
  return redactObject(fields as Record<string, unknown>, 0) as Fields
}

function redactObject(source: Record<string, unknown>, depth: number): Record<string, unknown> {
  let copy: Record<string, unknown> | undefined
  for (const key of Object.keys(source)) {
    const before = source[key]
    const after = isSecretName(key) && before != null ? MASK : redactValue(before, depth + 1)
    if (after === before) continue
    copy ??= { ...source }
    copy[key] = after
  }
  return copy ?? source
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) {
    if (depth > MAX_DEPTH) return MASK
    const items = value.map((item) => redactValue(item, depth + 1))
    return items.some((item, index) => item !== value[index]) ? items : value
  }
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  return depth > MAX_DEPTH ? MASK : redactObject(value as Record<string, unknown>, depth)
}

/** Names of fields come from code and headers: they repeat. Bounded, since a caller may invent headers. */
const verdicts = new Map<string, boolean>()
const MAX_VERDICTS = 1_000

function isSecretName(name: string): boolean {
  const known = verdicts.get(name)
  if (known !== undefined) return known
  const isSecret = secretNames.has(name.toLowerCase().replaceAll(/[-_]/g, ''))
  if (verdicts.size < MAX_VERDICTS) verdicts.set(name, isSecret)
  return isSecret
}
