/**
 * What the patterns of the contract ask for, in words: a regular expression tells a person nothing. Programs find the
 * pattern itself in the OpenAPI document.
 */
const wordsByPattern: Readonly<Record<string, string>> = {
  '^[A-Z]{2}$': 'must be a country code of two capital letters such as DE',
  '^([A-Z]{2})?$': 'must be a country code of two capital letters such as DE',
  '^[A-Za-z0-9_-]*$': 'must be made of letters without accents, digits, - and _',
  '^[a-z0-9_-]*$': 'must be made of lower-case letters without accents, digits, - and _',
  '^[a-z][a-z0-9_]*$': 'must be made of lower-case letters, digits and _, starting with a letter',
  '^([a-z][a-z0-9_]*)?$':
    'must be made of lower-case letters, digits and _, starting with a letter',
  '^[A-Za-z_][A-Za-z0-9_]{0,62}$':
    'must be 1 to 63 letters, digits or _, not starting with a digit',
  [String.raw`^[A-Za-z0-9][A-Za-z0-9._\/-]*$`]:
    'must be made of letters, digits and . _ / -, starting with a letter or a digit',
  '^[a-z0-9][a-z0-9_-]{0,62}=.+$': 'must be a name and a value such as color=red',
  '^[0-9]{6}$': 'must be six digits',
  '^[!-~]*$': 'must be made of letters without accents, digits and signs, without spaces',
  '^[A-Za-z][!-~]*$':
    'must be made of letters without accents, digits and signs, without spaces, starting with a letter',
  '^(https?://[!-~]+)?$': 'must be an address that begins with https:// or http://',
  [String.raw`^(https?:\/\/[^\s]+|\/[^\s]*)$`]:
    'must be an address that begins with https:// or http://, or a path that begins with /',
  [String.raw`^(\+?[0-9 ()/.-]{3,30})?$`]: 'must be a telephone number such as +49 30 123456',
  '^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*)?$': 'must be a language such as en or de-CH',
  [String.raw`^[A-Za-z0-9.\-]+$`]: 'must be a domain such as example.com',
  [String.raw`^(\*|[a-z_]+\.([a-z_]+\.)?(\*|[a-z_]+))$`]:
    'must be a permission such as billing.runs.read, billing.* or *',
  '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$':
    'must be a UUID in lower case such as 0190a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b',
  '^([0-9a-f]{64})?$': 'must be 64 hexadecimal digits in lower case',
  '^(pay_[0-9a-hjkmnp-tv-z]{26})?$': 'must be the identifier of a payment, which begins with pay_',
}

/** What a text of this pattern must be, for people; undefined for a pattern that has no words yet. */
export function wordsOfPattern(pattern: string): string | undefined {
  return Object.hasOwn(wordsByPattern, pattern) ? wordsByPattern[pattern] : undefined
}
