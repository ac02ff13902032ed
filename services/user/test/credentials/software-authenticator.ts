import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto'
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import { isoCBOR } from '@simplewebauthn/server/helpers'

/** Bits of authenticator data (WebAuthn, section 6.1). */
const PRESENT = 0x01
const VERIFIED = 0x04
const CAN_BE_SYNCED = 0x08
const HAS_CREDENTIAL = 0x40

/** How a ceremony differs from the one that a browser on the right page does. */
export type Ceremony = {
  origin?: string
  rpId?: string
  challenge?: string
  type?: string
  crossOrigin?: boolean
  /** Whether a PIN or a finger was asked for. */
  isVerified?: boolean
  isPresent?: boolean
  /** What the counter says, instead of one more than before. */
  signCount?: number
  /** What the authenticator says whose passkey it is. */
  userHandle?: string
  attestation?: { fmt: string; attStmt: Map<string, Uint8Array> }
}

/** An authenticator with one discoverable passkey, ES256, and the browser around it. */
export class SoftwareAuthenticator {
  readonly credentialId: Buffer
  readonly #pair: { privateKey: KeyObject; publicKey: KeyObject }
  #userHandle: string
  #signCount: number

  constructor(from?: SoftwareAuthenticator) {
    this.credentialId = from ? from.credentialId : randomBytes(32)
    this.#pair = from ? from.#pair : generateKeyPairSync('ec', { namedCurve: 'P-256' })
    this.#userHandle = from ? from.#userHandle : ''
    this.#signCount = from ? from.#signCount : 0
  }

  /** Another device with the same key, which counts from where this one is: a copy. */
  clone(): SoftwareAuthenticator {
    return new SoftwareAuthenticator(this)
  }

  /** `navigator.credentials.create`, as JSON. */
  create(optionsJson: string, ceremony: Ceremony = {}): string {
    const options: PublicKeyCredentialCreationOptionsJSON = JSON.parse(optionsJson)
    this.#userHandle = options.user.id
    const { fmt, attStmt } = ceremony.attestation ?? { fmt: 'none', attStmt: new Map() }
    const rpId = ceremony.rpId ?? options.rp.id ?? ''
    const authData = this.#authenticatorData(rpId, ceremony, this.#attestedCredential())
    const attestation = new Map<string, unknown>([
      ['fmt', fmt],
      ['attStmt', attStmt],
      ['authData', new Uint8Array(authData)],
    ])
    const id = this.credentialId.toString('base64url')
    return JSON.stringify({
      id,
      rawId: id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON: clientData('webauthn.create', options.challenge, ceremony),
        attestationObject: Buffer.from(isoCBOR.encode(attestation as never)).toString('base64url'),
        transports: ['internal', 'made-up'],
      },
    })
  }

  /** `navigator.credentials.get`, as JSON. */
  get(optionsJson: string, ceremony: Ceremony = {}): string {
    const options: PublicKeyCredentialRequestOptionsJSON = JSON.parse(optionsJson)
    const rpId = ceremony.rpId ?? options.rpId ?? ''
    const authData = this.#authenticatorData(rpId, ceremony)
    const clientDataJSON = clientData('webauthn.get', options.challenge, ceremony)
    const signed = Buffer.concat([authData, sha256(Buffer.from(clientDataJSON, 'base64url'))])
    const id = this.credentialId.toString('base64url')
    return JSON.stringify({
      id,
      rawId: id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON,
        authenticatorData: authData.toString('base64url'),
        signature: sign('sha256', signed, this.#pair.privateKey).toString('base64url'),
        userHandle: ceremony.userHandle ?? this.#userHandle,
      },
    })
  }

  #authenticatorData(rpId: string, ceremony: Ceremony, credential?: Buffer): Buffer {
    const { isVerified = true, isPresent = true } = ceremony
    this.#signCount = ceremony.signCount ?? this.#signCount + 1
    const flags =
      (isPresent ? PRESENT : 0) |
      (isVerified ? VERIFIED : 0) |
      CAN_BE_SYNCED |
      (credential ? HAS_CREDENTIAL : 0)
    const tail = Buffer.alloc(5)
    tail.writeUInt8(flags)
    tail.writeUInt32BE(this.#signCount, 1)
    return Buffer.concat([sha256(Buffer.from(rpId)), tail, credential ?? Buffer.alloc(0)])
  }

  /** AAGUID, length, id and COSE_Key (WebAuthn, section 6.5.1; RFC 9053, section 7.1.1). */
  #attestedCredential(): Buffer {
    const { x = '', y = '' } = this.#pair.publicKey.export({ format: 'jwk' })
    const key = new Map<number, number | Uint8Array>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, new Uint8Array(Buffer.from(x, 'base64url'))],
      [-3, new Uint8Array(Buffer.from(y, 'base64url'))],
    ])
    const length = Buffer.alloc(2)
    length.writeUInt16BE(this.credentialId.length)
    const coseKey = isoCBOR.encode(key as never)
    return Buffer.concat([Buffer.alloc(16), length, this.credentialId, coseKey])
  }
}

function clientData(type: string, challenge: string, ceremony: Ceremony): string {
  const data = {
    type: ceremony.type ?? type,
    challenge: ceremony.challenge ?? challenge,
    origin: ceremony.origin ?? 'https://shop.test',
    crossOrigin: ceremony.crossOrigin ?? false,
  }
  return Buffer.from(JSON.stringify(data)).toString('base64url')
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}
