import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, symlink, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, onTestFinished, test } from 'vitest';
import { testTerminal } from './fixtures/test-terminal.ts';
import { askForFile, askWhereToSave, harmlessName, saveUnasked, UPLOAD_BYTES_MAX } from './terminal-files.ts';
import { terminalInterface } from './terminal-interface.ts';

const CONTENT = Buffer.from('content');

/** A terminal in a folder of its own, at which a person types one answer a question. */
async function setup() {
  const place = await mkdtemp(path.join(tmpdir(), 'ns-files-'));
  onTestFinished(() => rm(place, { recursive: true, force: true }));
  const terminal = testTerminal({ interactive: true, workingDirectory: place });
  const prompts: string[] = [];
  const type = async (...answers: string[]) => {
    for (const answer of answers) {
      prompts.push(String((await once(terminal.screen, 'data'))[0]));
      terminal.keyboard.write(`${answer}\n`);
    }
  };
  const there = (name: string) => path.join(place, name);
  return { ...terminal, place, prompts, type, there };
}

describe('the name of a file that a session gives', () => {
  test.each([
    ['report.csv', 'report.csv'],
    ['../../etc/passwd', 'passwd'],
    ['C:\\Windows\\win.ini', 'win.ini'],
    ['/', 'download'],
    ['..', 'download'],
    ['', 'download'],
    ['.bashrc', 'bashrc'],
    ['-rf', 'rf'],
    [' a b. ', 'a b'],
    ['a\u001b[2Jb\u202egnp.exe\0', 'a[2Jbgnp.exe'],
    ['a:b|c?.txt', 'a_b_c_.txt'],
    ['NUL', '_NUL'],
    ['com1.txt', '_com1.txt'],
    ['a\ud800.txt', 'a\ufffd.txt'],
    [`${'ä'.repeat(300)}.csv`, `${'ä'.repeat(98)}.csv`],
    [`a.${'x'.repeat(300)}`, 'a'],
  ])('%j becomes %j', (given, expected) => {
    expect(harmlessName(given)).toBe(expected);
  });

  test('whatever it is, leads into the folder and nowhere else', () => {
    const nasty = fc.string({
      unit: fc.constantFrom('.', '/', '\\', ' ', '\0', 'a', '-', ':', '\u202e', 'é'),
    });
    fc.assert(
      fc.property(fc.oneof(nasty, fc.string({ unit: 'binary' })), (name) => {
        const harmless = harmlessName(name);
        expect(path.dirname(path.resolve('/folder', harmless))).toBe('/folder');
        expect(path.win32.basename(harmless)).toBe(harmless);
        expect(harmless).not.toMatch(/^[.-]|\p{Cc}/u);
        expect(Buffer.byteLength(harmless)).toBeLessThanOrEqual(255);
      }),
    );
  });
});

describe('a file that a session asks for', () => {
  test('is asked for until there is one that can be read', async () => {
    const { surroundings, place, prompts, type, there, err } = await setup();
    await writeFile(there('large'), '');
    await truncate(there('large'), UPLOAD_BYTES_MAX + 1);
    await writeFile(there('small'), CONTENT);
    const asked = askForFile(surroundings, 'Or\u001bders?');
    await type('', 'missing', place, 'large', '/dev/null', ' small ');
    expect(await asked).toEqual(new Uint8Array(CONTENT));
    expect(prompts.every((prompt) => prompt.includes('Or␛ders? File: '))).toBe(true);
    expect(err).toEqual([
      `There is no such file or folder: ${there('missing')}`,
      `${place} is a folder.`,
      `${there('large')} is larger than 50 MB.`,
      '/dev/null is not a file.',
    ]);
  });

  test('one of exactly 50 MB is taken', async () => {
    const { surroundings, type, there } = await setup();
    await writeFile(there('full'), '');
    await truncate(there('full'), UPLOAD_BYTES_MAX);
    const asked = askForFile(surroundings, '');
    await type('full');
    expect((await asked).length).toBe(UPLOAD_BYTES_MAX);
  });

  test('a person who leaves ends the session', async () => {
    const { surroundings, keyboard } = await setup();
    const asked = askForFile(surroundings, '');
    keyboard.end();
    await expect(asked).rejects.toMatchObject({ code: 'SESSION_STOPPED' });
  });
});

describe('a file that a session hands over', () => {
  test('is never written over another without asking', async () => {
    const { surroundings, type, there, prompts } = await setup();
    await writeFile(there('a.txt'), 'old');
    const saved = askWhereToSave(surroundings, '/far/away/a.txt', CONTENT);
    await type('', 'n', 'missing/b.txt', '.', 'n', 'b.txt');
    await saved;
    expect(await readFile(there('a.txt'), 'utf8')).toBe('old');
    expect(await readFile(there('b.txt'), 'utf8')).toBe('content');
    expect(prompts[0]).toContain('Save a.txt (7 bytes) as [./a.txt]: ');
    expect(prompts[1]).toContain('exists. Overwrite it? [y/N]');
    const again = askWhereToSave(surroundings, 'a.txt', CONTENT);
    await type('', 'y');
    await again;
    expect(await readFile(there('a.txt'), 'utf8')).toBe('content');
  });

  test('without asking goes to the next free name, also past a link that leads out of the folder', async () => {
    const { surroundings, there, place, err } = await setup();
    await writeFile(there('a.txt'), 'old');
    await symlink('/tmp/nightshift-must-not-be-written', there('a (2).txt'));
    await saveUnasked(surroundings, '../a.txt', CONTENT);
    expect((await readdir(place)).sort()).toEqual(['a (2).txt', 'a (3).txt', 'a.txt']);
    expect(await readFile(there('a.txt'), 'utf8')).toBe('old');
    expect(err).toEqual([`Saved as ${there('a (3).txt')} (--yes).`]);
    await expect(readFile('/tmp/nightshift-must-not-be-written')).rejects.toMatchObject({ code: 'ENOENT' });
  });

  test('is bytes, nothing else', async () => {
    const { surroundings } = await setup();
    await expect(saveUnasked(surroundings, 'a', 'text' as never)).rejects.toMatchObject({ field: 'content' });
    await expect(askWhereToSave(surroundings, 'a', null as never)).rejects.toMatchObject({
      field: 'content',
    });
  });
});

test('what is asked at once is asked one after the other, and a question that was left does not keep the next', async () => {
  const { surroundings, type, there, prompts } = await setup();
  await writeFile(there('in'), CONTENT);
  const dialogs = terminalInterface(surroundings, false);
  const all = Promise.all([
    dialogs.confirm('First?', false),
    dialogs.upload?.('Second?'),
    dialogs.download?.('../out', CONTENT),
    dialogs.confirm('Third?', true),
  ]);
  await type('y', 'in', '', '');
  expect(await all).toEqual([true, new Uint8Array(CONTENT), undefined, true]);
  expect(prompts.map((prompt) => prompt.match(/First|Second|Save|Third/)?.[0])).toEqual([
    'First',
    'Second',
    'Save',
    'Third',
  ]);
});
