import { useMe } from '../data/me.ts';
import { useUrl } from './url.ts';

/** In the address: all companies that somebody may see. */
export const ALL_COMPANIES = '*';
const REMEMBERED = 'nightshift.company';

/** Where somebody works. */
export interface Scope {
  /** The one company; null: all that he may see. */
  readonly company: string | null;
  /** The companies that lists show. */
  readonly companies: readonly string[];
  /** In which company something new is made, and cards look when their address does not say it. */
  readonly home: string;
  readonly choose: (company: string | null) => void;
}

/** The company of the present address, or where somebody was last. */
export function useScope(): Scope {
  const { companies } = useMe();
  const { search, set } = useUrl();
  const asked = search['company'] ?? remembered() ?? '';
  const all = asked === ALL_COMPANIES && companies.length > 1;
  const home = companies.includes(asked) ? asked : (companies[0] ?? '');
  return {
    company: all ? null : home,
    companies: all ? companies : [home],
    home,
    choose: (company) => {
      remember(company ?? ALL_COMPANIES);
      set({ company: company ?? ALL_COMPANIES }, 'push');
    },
  };
}

function remembered(): string | null {
  try {
    return localStorage.getItem(REMEMBERED);
  } catch {
    return null;
  }
}

function remember(company: string): void {
  try {
    localStorage.setItem(REMEMBERED, company);
  } catch {
    // A browser that keeps nothing begins anew each time.
  }
}
