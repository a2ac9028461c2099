import { VERB_WORDS } from 'virtual:verb-words';
import type { PermissionSet } from '@nightshift/client/api';
import { Section } from '../../ui/card/card.tsx';
import { IconCheck, IconInfo } from '../../ui/icons.ts';
import classes from './sets.module.css';
import { TEXTS } from './texts.ts';

const { gives: GIVES } = TEXTS;

/** What a permission set gives, in words: by what it is about. */
export function SetGives({ set }: { readonly set: PermissionSet }) {
  const { verbs, codeunits, reports, tables } = set.gives;
  const topics = Map.groupBy(verbs, (verb) => verb.split('.')[0] ?? '');
  return (
    <>
      {set.hints.length > 0 && (
        <Section title={GIVES.hints}>
          <ul className={classes.hints}>
            {set.hints.map((hint) => (
              <li key={hint}>
                <IconInfo size={14} aria-hidden />
                {hint}
              </li>
            ))}
          </ul>
        </Section>
      )}
      <Section title={GIVES.may}>
        {verbs.length === 0 ? (
          <p className={classes.quiet}>{GIVES.nothing}</p>
        ) : (
          <>
            <p className={classes.quiet}>{GIVES.mayText}</p>
            <div className={classes.topics}>
              {[...topics].map(([topic, some]) => (
                <section key={topic}>
                  <h3>{TEXTS.topics[topic] ?? topic}</h3>
                  <ul>
                    {some.map((verb) => (
                      <li key={verb} title={verb}>
                        <IconCheck size={13} aria-hidden />
                        {VERB_WORDS[verb] ?? verb}
                      </li>
                    ))}
                  </ul>
                </section>
              ))}
            </div>
          </>
        )}
      </Section>
      <Section title={GIVES.codeunits}>
        <p className={classes.names}>{namesText(codeunits)}</p>
      </Section>
      <Section title={GIVES.reports}>
        <p className={classes.names}>{namesText(reports)}</p>
      </Section>
      <Section title={GIVES.tables}>
        {Object.keys(tables).length === 0 ? (
          <p className={classes.names}>{GIVES.none}</p>
        ) : (
          <ul className={classes.tables}>
            {Object.entries(tables).map(([table, rights]) => (
              <li key={table}>
                <code>{table === '*' ? GIVES.any : table}</code> {rightsText(rights)}
              </li>
            ))}
          </ul>
        )}
      </Section>
    </>
  );
}

function namesText({
  allBut,
  names,
}: {
  readonly allBut: boolean;
  readonly names: readonly string[];
}): string {
  if (allBut) return names.length === 0 ? GIVES.any : GIVES.allBut(names.join(', '));
  return names.length === 0 ? GIVES.none : names.join(', ');
}

function rightsText(letters: string): string {
  return [...letters].map((letter) => GIVES.rights[letter as 'R'] ?? letter).join(', ');
}
