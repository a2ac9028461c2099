import type { ObjectValue, Value } from './value.ts';

/** `{ ...source }`, `Object.assign(target, source)`: what comes later replaces what was there. */
export function spreadInto(target: ObjectValue, source: Value): void {
  if (source.kind !== 'object' || source.madeBy !== null) {
    target.spreads.push(source);
    return;
  }
  for (const [key, value] of source.properties) target.properties.set(key, value);
  for (const [key, getter] of source.getters) target.getters.set(key, getter);
  for (const [key, setter] of source.setters) target.setters.set(key, setter);
  target.spreads.push(...source.spreads);
  target.anyKey.push(...source.anyKey);
}
