import { Button } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { useScope } from '../../app/scope.ts';
import { Section } from '../../ui/card/card.tsx';
import { CueSetUp } from '../home/cue-set-up.tsx';
import { useThresholds } from '../home/thresholds.ts';
import classes from './setup.module.css';
import { TEXTS } from './texts.ts';

const { cues: WORDS } = TEXTS;

/** From which numbers on cues need attention, for those in the company who have not said it for themselves. */
export function CuesPart() {
  const { home: company } = useScope();
  const [isOpen, { open, close }] = useDisclosure(false);
  const view = useThresholds(company);
  if (view === undefined) return null;
  return (
    <Section title={WORDS.title}>
      <p className={classes.text}>{view.company === null ? WORDS.standard(company) : WORDS.set(company)}</p>
      <Button onClick={open} disabled={!view.maySetForCompany}>
        {WORDS.change}
      </Button>
      {!view.maySetForCompany && <p className={classes.text}>{WORDS.mayNot}</p>}
      {isOpen && <CueSetUp company={company} whom="company" view={view} onClose={close} />}
    </Section>
  );
}
