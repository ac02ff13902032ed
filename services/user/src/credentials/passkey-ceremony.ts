import { createHash } from 'node:crypto'
import { PurserError } from '@purser/kernel'
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server'
import type { AttestationObject } from '@simplewebauthn/server/helpers'
import type { Passkey } from '../domain/passkey.ts'
import type { Person } from '../domain/person.ts'
import type { User } from '../domain/user.ts'
import type { PasskeyResponse } from './passkey-response.ts'

/** Who passkeys are made for. */
export type RelyingParty = {
  /** A host name that every origin ends with, such as `example.com`. */
  rpId: string
  /** Where pages may use them, such as `https://shop.example.com`; matched exactly. */
  origins: readonly string[]
}

/** EdDSA, ES256, RS256: what authenticators have (RFC 9053). */
const algorithms = [-8, -7, -257]
/** Five minutes, as long as the challenge lasts. */
const timeoutMs = 300_000

/** 200 modules, read when the first passkey needs them and not at every start. */
const webAuthn = () => import('@simplewebauthn/server')

/**
 * What an authenticator knows a person by: 32 bytes that tell nothing about them (WebAuthn, section
 * 14.6.1), and differ between tenants, who share one relying party.
 */
function userHandle({ tenant, userId }: Person): Buffer {
  return createHash('sha256').update(`${tenant}\0${userId}`).digest()
}

/**
 * Options for `navigator.credentials.create`: a discoverable passkey that the authenticator guards
 * with a PIN or a look at its owner, so that it stands for two factors. `challenge` is 32 random
 * bytes.
 */
export async function registrationOptions(
  { rpId }: RelyingParty,
  of: {
    tenant: string
    tenantName: string
    user: User
    existing: readonly Passkey[]
    challenge: Uint8Array
  },
): Promise<PublicKeyCredentialCreationOptionsJSON> {
  const { tenant, tenantName, user, existing, challenge } = of
  const { generateRegistrationOptions } = await webAuthn()
  return await generateRegistrationOptions({
    rpID: rpId,
    rpName: tenantName,
    userID: new Uint8Array(userHandle({ tenant, userId: user.userId })),
    userName: user.email,
    userDisplayName: user.fullName,
    challenge: new Uint8Array(challenge),
    timeout: timeoutMs,
    attestationType: 'none',
    excludeCredentials: existing.map(({ credentialId, transports }) => ({
      id: credentialId.toString('base64url'),
      transports: [...transports],
    })),
    authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    supportedAlgorithmIDs: algorithms,
  })
}

/**
 * The passkey that was made for a challenge. Throws `auth.passkey_refused` for another challenge,
 * origin or relying party, for an authenticator that did not verify its owner, and for attestation
 * by certificates, which was not asked for.
 */
export async function verifyRegistration(
  { rpId, origins }: RelyingParty,
  { credentialId, challenge, parts, transports }: PasskeyResponse,
): Promise<Pick<Passkey, 'credentialId' | 'publicKey' | 'signCount' | 'transports' | 'isSynced'>> {
  const { clientDataJSON = '', attestationObject = '' } = parts
  const { verifyRegistrationResponse } = await webAuthn()
  const { decodeAttestationObject } = await import('@simplewebauthn/server/helpers')
  try {
    refuseCertificates(
      decodeAttestationObject(new Uint8Array(Buffer.from(attestationObject, 'base64url'))),
    )
    const { registrationInfo } = await verifyRegistrationResponse({
      response: {
        id: credentialId,
        rawId: credentialId,
        type: 'public-key',
        clientExtensionResults: {},
        response: { clientDataJSON, attestationObject },
      },
      expectedChallenge: challenge,
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      requireUserVerification: true,
      supportedAlgorithmIDs: algorithms,
    })
    if (registrationInfo === undefined) throw new Error('the attestation is not true')
    const { credential, credentialDeviceType } = registrationInfo
    if (credential.id !== credentialId) throw new Error('the credential has another id')
    return {
      credentialId: Buffer.from(credential.id, 'base64url'),
      publicKey: Buffer.from(credential.publicKey),
      signCount: credential.counter,
      transports,
      isSynced: credentialDeviceType === 'multiDevice',
    }
  } catch (cause) {
    throw passkeyRefused(cause)
  }
}

/** A passkey that is not registered, in the same words whatever was wrong with it. */
export function passkeyRefused(cause?: unknown): PurserError {
  const message = 'The passkey was refused. Begin its registration again.'
  return new PurserError('auth.passkey_refused', message, { cause })
}

/** Certificates would be checked against lists that they name: fetched from wherever they say. */
function refuseCertificates(decoded: AttestationObject): void {
  const format = decoded.get('fmt')
  const isSelfMade = format === 'packed' && decoded.get('attStmt').get('x5c') === undefined
  if (format !== 'none' && !isSelfMade) throw new Error(`attestation "${format}" is not accepted`)
}

/**
 * Options for `navigator.credentials.get`, the same for everybody: the authenticator tells whose
 * passkeys it has. `challenge` is 32 random bytes.
 */
export async function signInOptions(
  { rpId }: RelyingParty,
  challenge: Uint8Array,
): Promise<PublicKeyCredentialRequestOptionsJSON> {
  const { generateAuthenticationOptions } = await webAuthn()
  return await generateAuthenticationOptions({
    rpID: rpId,
    challenge: new Uint8Array(challenge),
    timeout: timeoutMs,
    userVerification: 'required',
  })
}

/**
 * The authenticator's counter, when it signed for this challenge, origin, relying party and person
 * and verified its owner; undefined when anything is not so. The counter is for the caller to
 * compare, in the transaction that stores it.
 */
export async function verifySignIn(
  { rpId, origins }: RelyingParty,
  { tenant, passkey }: { tenant: string; passkey: Passkey },
  { credentialId, challenge, parts }: PasskeyResponse,
): Promise<number | undefined> {
  const { clientDataJSON = '', authenticatorData = '', signature = '', userHandle: told } = parts
  const handle = userHandle({ tenant, userId: passkey.userId })
  if (told === undefined || !handle.equals(Buffer.from(told, 'base64url'))) return undefined
  const { verifyAuthenticationResponse } = await webAuthn()
  try {
    const { verified, authenticationInfo } = await verifyAuthenticationResponse({
      response: {
        id: credentialId,
        rawId: credentialId,
        type: 'public-key',
        clientExtensionResults: {},
        response: { clientDataJSON, authenticatorData, signature, userHandle: told },
      },
      expectedChallenge: challenge,
      expectedOrigin: [...origins],
      expectedRPID: rpId,
      requireUserVerification: true,
      credential: {
        id: credentialId,
        publicKey: new Uint8Array(passkey.publicKey),
        counter: 0,
      },
    })
    return verified ? authenticationInfo.newCounter : undefined
  } catch {
    return undefined
  }
}
