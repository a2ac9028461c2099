/** Weekdays of an entry that runs on all of them. */
export const EVERY_DAY = Object.freeze({
  runOnMondays: true,
  runOnTuesdays: true,
  runOnWednesdays: true,
  runOnThursdays: true,
  runOnFridays: true,
  runOnSaturdays: true,
  runOnSundays: true,
} as const);
