import { Link } from '@tanstack/react-router';
import { RIGHTS_PATH } from './paths.ts';
import { TEXTS } from './texts.ts';

/** Leads to why a user may run a codeunit, or may not. */
export function RightsLink({
  company,
  user,
  codeunit,
}: {
  readonly company: string;
  readonly user: string;
  readonly codeunit: string;
}) {
  return (
    <Link to={RIGHTS_PATH as never} search={{ company, user, codeunit } as never}>
      {TEXTS.link}
    </Link>
  );
}
