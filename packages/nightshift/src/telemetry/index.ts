export { type Dimensions, EVENTS, type EventId, Telemetry, type TelemetryReceiver } from './events.ts';
