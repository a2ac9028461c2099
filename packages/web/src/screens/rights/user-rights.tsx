import { useUrl } from '../../app/url.ts';
import { CodeunitChoice } from './codeunit-choice.tsx';
import classes from './rights.module.css';
import { RightsAnswer } from './rights-answer.tsx';
import { TEXTS } from './texts.ts';

/** What a user may with a codeunit that is chosen here: a tab of his card. */
export function UserRights({ company, user }: { readonly company: string; readonly user: string }) {
  const { search, set } = useUrl();
  const { codeunit = '' } = search;
  return (
    <>
      <div className={classes.question}>
        <CodeunitChoice company={company} value={codeunit} onChange={(name) => set({ codeunit: name })} />
      </div>
      {codeunit === '' ? (
        <p className={classes.quiet}>{TEXTS.emptyHere}</p>
      ) : (
        <RightsAnswer company={company} user={user} codeunit={codeunit} />
      )}
    </>
  );
}
