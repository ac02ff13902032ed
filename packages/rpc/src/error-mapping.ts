import { Code, ConnectError } from '@connectrpc/connect'
import { type ErrorInfo, ErrorInfoSchema } from '@purser/contracts/purser/errors/v1/errors'
import {
  type ErrorCode,
  type ErrorKind,
  errorKinds,
  isPurserError,
  PurserError,
} from '@purser/kernel'

const codeOfKind: Record<ErrorKind, Code> = {
  invalid_argument: Code.InvalidArgument,
  unauthenticated: Code.Unauthenticated,
  permission_denied: Code.PermissionDenied,
  not_found: Code.NotFound,
  already_exists: Code.AlreadyExists,
  conflict: Code.Aborted,
  failed_precondition: Code.FailedPrecondition,
  resource_exhausted: Code.ResourceExhausted,
  deadline_exceeded: Code.DeadlineExceeded,
  unavailable: Code.Unavailable,
  unimplemented: Code.Unimplemented,
  internal: Code.Internal,
}

/**
 * What a status without our ErrorInfo means: it comes from the RPC library (an undecodable message,
 * a lost connection, an expired deadline) or from a proxy. Without `message` the original text is
 * about the caller's own request and is passed on; otherwise it may name hosts and is replaced.
 */
const fallbacks: Record<Code, { code: ErrorCode; message?: string }> = {
  [Code.Canceled]: { code: 'request.canceled', message: 'the call was canceled' },
  [Code.Unknown]: { code: 'platform.internal', message: 'internal error' },
  [Code.InvalidArgument]: { code: 'request.invalid' },
  [Code.DeadlineExceeded]: { code: 'request.deadline_exceeded', message: 'the deadline passed' },
  [Code.NotFound]: { code: 'resource.not_found' },
  [Code.AlreadyExists]: { code: 'platform.internal', message: 'internal error' },
  [Code.PermissionDenied]: { code: 'auth.permission_denied' },
  [Code.ResourceExhausted]: { code: 'request.body_too_large' },
  [Code.FailedPrecondition]: { code: 'platform.internal', message: 'internal error' },
  [Code.Aborted]: { code: 'platform.unavailable', message: 'the service is unavailable' },
  [Code.OutOfRange]: { code: 'request.invalid' },
  [Code.Unimplemented]: { code: 'request.method_not_allowed' },
  [Code.Internal]: { code: 'platform.internal', message: 'internal error' },
  [Code.Unavailable]: { code: 'platform.unavailable', message: 'the service is unavailable' },
  [Code.DataLoss]: { code: 'platform.internal', message: 'internal error' },
  [Code.Unauthenticated]: { code: 'auth.invalid_credentials' },
}

/** For the wire: the kind becomes the status; code, fields and details travel as an ErrorInfo. */
export function toConnectError(error: PurserError): ConnectError {
  const { code, fields, details } = error
  const info = { code, fields: fields.map((violation) => ({ ...violation })), details }
  return new ConnectError(
    error.message,
    codeOfKind[error.kind],
    undefined,
    [{ desc: ErrorInfoSchema, value: info }],
    error.cause,
  )
}

/** From the wire: the PurserError that the other side threw, without its private cause. */
export function fromConnectError(error: ConnectError): PurserError {
  const [info] = error.findDetails(ErrorInfoSchema)
  if (info && isErrorCode(info.code)) return fromErrorInfo(error, info.code, info)
  const { code, message } = fallbacks[error.code] ?? fallbacks[Code.Unknown]
  return new PurserError(code, message ?? error.rawMessage, { cause: error })
}

/**
 * Any thrown value as the PurserError a caller may see. An abort becomes the reason of `signal`;
 * everything unknown becomes `platform.internal` that says nothing and keeps the original as cause.
 */
export function toPurserError(error: unknown, signal?: AbortSignal): PurserError {
  if (isPurserError(error)) return error
  if (error instanceof ConnectError) return fromConnectError(error)
  if (error instanceof Error && error.name === 'AbortError' && signal?.aborted) {
    return abortReason(signal)
  }
  return new PurserError('platform.internal', 'internal error', { cause: error })
}

/** Why an aborted call ended: its deadline, or the caller left. */
export function abortReason(signal: AbortSignal): PurserError {
  const { reason } = signal
  if (isPurserError(reason)) return reason
  if (reason instanceof ConnectError) return fromConnectError(reason)
  return new PurserError('request.canceled', 'the call was canceled', { cause: reason })
}

function fromErrorInfo(error: ConnectError, code: ErrorCode, info: ErrorInfo): PurserError {
  const fields = info.fields.map(({ field, message }) => ({ field, message }))
  return new PurserError(code, error.rawMessage, { fields, details: { ...info.details } })
}

function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(errorKinds, code)
}
