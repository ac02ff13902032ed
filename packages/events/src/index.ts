export type { EventEnvelope, JsonObject, JsonValue } from './event.ts'
export { type Bus, type Forwarding, InProcessBus, type Subscription } from './in-process-bus.ts'
export {
  listParked,
  type ParkedEvent,
  type ParkedFilter,
  pruneInbox,
  replayParked,
} from './parked.ts'
export { type NewEvent, publish } from './publish.ts'
export { createRelay, type RelayOptions } from './relay.ts'
