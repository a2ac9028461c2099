import path from 'node:path';
import { expect, test } from 'vitest';
import { parseOptions, SETTINGS_DEFAULT, type StartOptions } from './options.ts';

test('the defaults are complete and frozen', () => {
  const configuration = parseOptions({}, 'linux');
  expect(configuration).toEqual({
    dataDirectory: path.resolve('.nightshift/postgres'),
    onNotice: expect.any(Function),
    tcpPort: null,
    settings: SETTINGS_DEFAULT,
    keep: false,
    mode: 'fast',
  });
  expect(Object.isFrozen(configuration) && Object.isFrozen(configuration.settings)).toBe(true);
  expect(parseOptions({}, 'win32').tcpPort).toBe(0);
  expect(parseOptions({ settings: { Max_Connections: '20' } }).settings['max_connections']).toBe('20');
});

test.each([
  ['dataDirectory', { dataDirectory: '' }],
  ['dataDirectory', { dataDirectory: '/' }],
  ['dataDirectory', { dataDirectory: 'a\nb' }],
  ['tcpPort', { tcpPort: 65_536 }],
  ['tcpPort', { tcpPort: 1.5 }],
  ['settings.work mem', { settings: { 'work mem': '1MB' } }],
  ["settings.x = 'y'\nport", { settings: { "x = 'y'\nport": '1' } }],
  ['settings.PORT', { settings: { PORT: '5433' } }],
  ['settings.include', { settings: { include: '/etc/passwd' } }],
  ['settings.work_mem', { settings: { work_mem: "1MB'\nfsync = off" } }],
  ['settings.work_mem', { settings: { work_mem: 4 } }],
  ['mode', { mode: 'smart' }],
  ['datadirectory', { datadirectory: 'x' }],
])('a wrong %s is refused', (field, options) => {
  expect(() => parseOptions(options as StartOptions)).toThrow(
    expect.objectContaining({ code: 'OPTION_INVALID', field }),
  );
});
