import { Button, Checkbox, SegmentedControl, TextInput } from '@mantine/core';
import type { LogLine } from '@nightshift/client/api';
import { useEffect, useRef, useState } from 'react';
import { useZone } from '../../app/zone.ts';
import { clockText, fullInstantText } from '../../ui/format.ts';
import { IconDownload } from '../../ui/icons.ts';
import { SCROLLABLE } from '../../ui/scrollable.ts';
import classes from './log-entries.module.css';
import { TEXTS } from './texts.ts';
import type { RunKnown } from './use-run.ts';

const { log: WORDS } = TEXTS;
/** So far from the last line somebody still stands at it. */
const NEAR_PX = 8;
type Level = keyof typeof WORDS.levels;
const LEVELS = Object.entries(WORDS.levels).map(([value, label]) => ({ value, label }));

/** The lines that a run has logged: by level, by words, following while it runs. */
export function LogLines({ known: { run, told } }: { readonly known: RunKnown }) {
  const { lines, isSilent } = told;
  const isRunning = run.status === 'In Process';
  const name = TEXTS.name(run.no);
  const zone = useZone().of();
  const [level, setLevel] = useState<Level>('all');
  const [words, setWords] = useState('');
  const [follows, setFollows] = useState(isRunning);
  const box = useRef<HTMLOListElement>(null);
  const reached = useRef(0);
  const count = lines.length;
  useEffect(() => {
    if (follows && count > 0) box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [follows, count]);
  const wanted = words.trim().toLowerCase();
  // A log only grows at its end, so a line keeps its number.
  const numbered = lines.map((line, at) => ({ ...line, no: at + 1 }));
  const shown = numbered.filter(
    (line) =>
      (level === 'all' || line.level === level) &&
      (wanted === '' || `${line.text} ${JSON.stringify(line.details)}`.toLowerCase().includes(wanted)),
  );
  const scrolled = ({ scrollTop, scrollHeight, clientHeight }: HTMLElement) => {
    // Whoever goes back to read is left alone; whoever comes down to the last line follows again.
    if (scrollTop < reached.current) setFollows(false);
    else if (isRunning && scrollHeight - scrollTop - clientHeight < NEAR_PX) setFollows(true);
    reached.current = scrollTop;
  };
  const silence = isSilent && <p className={classes.silent}>{WORDS.silent}</p>;
  if (count === 0) {
    return (
      <>
        {silence}
        <p className={classes.quiet}>{isRunning ? WORDS.notYet : WORDS.none}</p>
      </>
    );
  }
  return (
    <section className={classes.log} aria-label={WORDS.lines}>
      <div className={classes.tools}>
        <SegmentedControl
          size="xs"
          aria-label={WORDS.level}
          data={LEVELS}
          value={level}
          onChange={(value) => setLevel(value as Level)}
        />
        <TextInput
          type="search"
          placeholder={WORDS.search}
          aria-label={WORDS.search}
          value={words}
          onChange={(event) => setWords(event.currentTarget.value)}
        />
        {isRunning && (
          <Checkbox
            label={WORDS.follow}
            title={WORDS.followHelp}
            checked={follows}
            onChange={(event) => setFollows(event.currentTarget.checked)}
          />
        )}
        <span className={classes.quiet} role="status">
          {WORDS.shown(shown.length, count)}
        </span>
        <Button leftSection={<IconDownload size={14} />} onClick={() => save(shown, name)}>
          {WORDS.download}
        </Button>
      </div>
      {silence}
      <ol
        className={classes.lines}
        ref={box}
        {...SCROLLABLE}
        aria-label={WORDS.lines}
        onScroll={(event) => scrolled(event.currentTarget)}
      >
        {shown.map(({ at, level: each, text, details, no }) => (
          <li key={no} data-level={each}>
            <time dateTime={at} title={fullInstantText(at, zone)}>
              {clockText(at, zone)}
            </time>
            <span>
              {text}
              {details !== null && <code>{JSON.stringify(details)}</code>}
            </span>
          </li>
        ))}
      </ol>
      {shown.length === 0 && <p className={classes.quiet}>{WORDS.noneFits}</p>}
    </section>
  );
}

function save(lines: readonly LogLine[], name: string): void {
  const text = lines
    .map(({ at, level, text: said, details }) =>
      [at, level, said, ...(details === null ? [] : [JSON.stringify(details)])].join('\t'),
    )
    .join('\n');
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}.log`;
  link.click();
  URL.revokeObjectURL(url);
}
