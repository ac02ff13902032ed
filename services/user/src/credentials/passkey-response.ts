import { createHash } from 'node:crypto'

/** WebAuthn, section 7.1, step 25: longer ids are refused. */
const longestCredentialId = 1023
const base64url = /^[A-Za-z0-9_-]+$/

/** What a browser answered to a ceremony, read and not yet believed. */
export type PasskeyResponse = {
  /** Base64url. */
  credentialId: string
  /** SHA-256 of the challenge that it says it answers, as text. */
  challengeHash: Buffer
  /** The challenge that it says it answers, base64url. */
  challenge: string
  /** The texts of its `response`, base64url. */
  parts: Readonly<Record<string, string>>
  /** Names of transports, where it tells them. */
  transports: readonly string[]
}

/** SHA-256 of a challenge in base64url: what is stored of it. */
export function hashChallenge(challenge: string): Buffer {
  return createHash('sha256').update(challenge).digest()
}

/**
 * Reads RegistrationResponseJSON and AuthenticationResponseJSON (WebAuthn Level 3, section 5.1.8).
 * Undefined for any other text, and for one from a frame inside a page of another origin.
 */
export function readPasskeyResponse(text: string): PasskeyResponse | undefined {
  const credential = parseObject(text)
  const response = asObject(credential?.['response'])
  if (credential === undefined || response === undefined) return undefined
  const { id, rawId, type } = credential
  if (typeof id !== 'string' || id !== rawId || type !== 'public-key') return undefined
  if (!base64url.test(id) || Buffer.from(id, 'base64url').length > longestCredentialId) {
    return undefined
  }
  const parts = base64urlTexts(response)
  const clientData = parseObject(fromBase64url(parts['clientDataJSON'] ?? ''))
  const challenge = clientData?.['challenge']
  if (typeof challenge !== 'string' || clientData?.['crossOrigin'] === true) return undefined
  return {
    credentialId: id,
    challenge,
    challengeHash: hashChallenge(challenge),
    parts,
    transports: knownTransports(response['transports']),
  }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    return asObject(JSON.parse(text))
  } catch {
    return undefined
  }
}

function asObject(value: unknown): Record<string, unknown> | undefined {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? (value as Record<string, unknown>) : undefined
}

function base64urlTexts(response: Record<string, unknown>): Record<string, string> {
  const texts = Object.entries(response).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && base64url.test(entry[1]),
  )
  return Object.fromEntries(texts)
}

function fromBase64url(text: string): string {
  return Buffer.from(text, 'base64url').toString('utf8')
}

/** WebAuthn, section 5.8.4; names that a later edition may add are left out. */
const transportNames = new Set(['ble', 'hybrid', 'internal', 'nfc', 'smart-card', 'usb'])

function knownTransports(value: unknown): string[] {
  if (!Array.isArray(value)) return []
  return [...transportNames].filter((name) => value.includes(name))
}
