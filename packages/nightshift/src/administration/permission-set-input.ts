import {
  circleOf,
  type Directory,
  type PermissionSet,
  type PermissionSetDefinition,
  type PermissionSetInput,
  permissionSet,
  type StoredPermissionSet,
} from '../permissions/index.ts';
import { checkVersion, objectOf, refused } from './user-input.ts';

const FIELDS: readonly string[] = [
  'name',
  'description',
  'codeunits',
  'reports',
  'tables',
  'includes',
  'excludes',
];

/** What `permissionSets.modify` takes: the fields that become different. Its name stays: other sets include it by that. */
export interface PermissionSetChanges extends Partial<PermissionSetDefinition> {
  readonly description?: string;
  /** The version that was read; if the set has changed since, CONFLICT. Default: whatever it is. */
  readonly version?: number;
}

/** Checks a new permission set. @throws NightshiftError VALIDATION with the field */
export function checkNewSet(input: PermissionSetInput): PermissionSet {
  refuseUnknown(objectOf(input, 'permissionSet'), FIELDS);
  return permissionSet(input);
}

/** A permission set with the changes. @throws NightshiftError VALIDATION with the field */
export function checkSetChanges(changes: PermissionSetChanges): (set: StoredPermissionSet) => PermissionSet {
  const { version, ...fields } = objectOf(changes, 'changes') as PermissionSetChanges;
  checkVersion(version);
  refuseUnknown(
    fields,
    FIELDS.filter((field) => field !== 'name'),
  );
  const given = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  permissionSet({ ...given, name: 'checked' });
  return ({ name, description, definition }) => permissionSet({ description, ...definition, ...given, name });
}

function refuseUnknown(input: object, known: readonly string[]): void {
  const unknown = Object.keys(input).find((field) => !known.includes(field));
  if (unknown !== undefined)
    throw refused(unknown, `There is no field "${unknown}" to set of a permission set.`);
}

/**
 * Refuses names of sets that are none, and sets that lead back to themselves.
 * @throws NightshiftError VALIDATION with the field
 */
export function checkReferences(set: PermissionSet, directory: Directory): void {
  const others = directory.permissionSets.filter(({ name }) => name !== set.name);
  const known = new Set([...others.map(({ name }) => name), set.name]);
  for (const field of ['includes', 'excludes'] as const) {
    const unknown = set.definition[field].find((name) => !known.has(name));
    if (unknown !== undefined) throw refused(field, `There is no permission set ${JSON.stringify(unknown)}.`);
  }
  const circle = circleIn(set, others);
  if (circle.length > 0) {
    const field = set.definition.includes.includes(circle[1] ?? '') ? 'includes' : 'excludes';
    throw refused(field, `The permission set would lead back to itself: ${circle.join(' → ')}.`);
  }
}

/** How a set leads back to itself among others; empty: it does not. */
export function circleIn(set: PermissionSet, others: readonly StoredPermissionSet[]): readonly string[] {
  const stored: StoredPermissionSet = {
    ...set,
    no: 0,
    source: 'administrator',
    application: null,
    isObsolete: false,
    version: 1,
  };
  return circleOf(set.name, [...others, stored]);
}
