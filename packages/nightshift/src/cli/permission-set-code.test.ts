import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type CodedPermissionSet, permissionSetCode } from './permission-set-code.ts';

it('is what somebody would write', () => {
  const set = {
    name: 'Process Orders',
    codeunits: ['Process Orders'],
    reports: ['Sales List'],
    tables: { sales_order: 'RI', 'odd name': 'R', change_log: 'I' },
  };
  expect(permissionSetCode(set, { change_log: 'inside functions or triggers' })).toBe(`permissionSet({
  name: 'Process Orders',
  codeunits: ['Process Orders'],
  reports: ['Sales List'],
  tables: {
    sales_order: 'RI',
    'odd name': 'R',
    change_log: 'I', // inside functions or triggers
  },
});`);
  expect(permissionSetCode({ name: 'x', codeunits: [], tables: {} })).toBe(
    "permissionSet({\n  name: 'x',\n});",
  );
});

it('means what it was made of, whatever the names are', () => {
  const name = fc.oneof(
    fc.string({ unit: 'grapheme' }),
    fc.constantFrom("a'b", 'a"b', 'a\\b', "\\'", '__proto__x', '${x}', '\u2028'),
  );
  const sets = fc.record({
    name,
    codeunits: fc.array(name, { maxLength: 12 }),
    reports: fc.array(name, { maxLength: 12 }),
    tables: fc.dictionary(
      name.filter((text) => text !== '__proto__'),
      fc.constantFrom('R', 'RIMD'),
    ),
  });
  fc.assert(
    fc.property(sets, (set) => {
      const read = new Function('permissionSet', `return ${permissionSetCode(set).replace(/;$/, '')}`);
      const {
        codeunits = [],
        reports = [],
        tables = {},
        ...rest
      } = read((one: CodedPermissionSet) => one) as CodedPermissionSet;
      expect({ ...rest, codeunits, reports, tables: { ...tables } }).toEqual({
        ...set,
        tables: { ...set.tables },
      });
    }),
  );
});
