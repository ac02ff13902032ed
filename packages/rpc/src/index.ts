export { type AccessPolicy, compileAccessPolicy } from './access-policy.ts'
export type { CredentialCheck, OutsideCall } from './authenticate-caller.ts'
export { asService, forward, type ServiceCallOptions } from './call-options.ts'
export { tellHeaders } from './direct-context.ts'
export { answeredHeaders } from './direct-transport.ts'
export { fromConnectError, toConnectError, toPurserError } from './error-mapping.ts'
export { forwardedHeaders, type LimitStanding, limitHeaders } from './limit-headers.ts'
export type { ListenOptions } from './one-port-server.ts'
export {
  decodePageToken,
  encodePageToken,
  pageSizeOf,
  timeOfPosition,
  unknownPageToken,
  wholeOfPosition,
} from './page-token.ts'
export { answerPersonalRecords } from './personal-records.ts'
export {
  anonymous,
  callValues,
  type Principal,
  type PrincipalKind,
  principalKey,
  principalOf,
} from './principal.ts'
export { createPrincipalCodec, type PrincipalCodec, principalHeader } from './principal-token.ts'
export {
  createRemoteTransport,
  type RemoteTransport,
  type RemoteTransportOptions,
} from './remote-transport.ts'
export { requestIdHeader, requestIdOf } from './request-id.ts'
export type { Service, ServiceManifest } from './service.ts'
export { defineService, type ServiceDefinition } from './service-definition.ts'
export {
  createServiceHost,
  type RunningServer,
  type ServiceHost,
  type ServiceHostOptions,
} from './service-host.ts'
export { type TextFormat, textFormats } from './text-format.ts'
export { fromProtoDimensions } from './dimensions.ts'
export { fromProtoTimestamp, toProtoTimestamp } from './timestamp.ts'
export { compileRules, validateMessage } from './validate-message.ts'
