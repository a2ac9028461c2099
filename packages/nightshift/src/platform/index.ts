export { type Application, type ApplicationDefinition, defineApp } from './application.ts';
export { type Finding, findingsOf } from './doctor.ts';
export { gatherFacts } from './doctor-facts.ts';
export { createPlatform, type Identity, type Platform } from './platform.ts';
export type { PlatformOptions } from './platform-options.ts';
export { jobQueue, taskScheduler } from './verbs.ts';
export { VERSION } from './version.ts';
