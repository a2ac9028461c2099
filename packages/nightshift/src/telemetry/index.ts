export {
  type Dimensions,
  EVENTS,
  type EventId,
  Telemetry,
  type TelemetryEvent,
  type TelemetryReceiver,
} from './events.ts';
