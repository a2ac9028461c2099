import { useMe } from '../data/me.ts';
import { useUrl } from './url.ts';

/** In which zone times are shown: the user's own, that of each schedule, or UTC. */
export type ZoneMode = 'mine' | 'schedule' | 'utc';

/** The zone chosen, and the names behind it. */
export interface Zone {
  readonly mode: ZoneMode;
  /** The IANA name of the user's own zone. */
  readonly mine: string;
  /** In which zone to show an instant. @param schedule the zone of the schedule that it belongs to; null: it has none */
  readonly of: (schedule?: string | null) => string;
  readonly choose: (mode: ZoneMode) => void;
}

/** The zone of the present address. */
export function useZone(): Zone {
  const { timeZone } = useMe();
  const { search, set } = useUrl();
  const asked = search['zone'];
  const mode: ZoneMode = asked === 'utc' || asked === 'schedule' ? asked : 'mine';
  const mine = timeZone === '' ? Intl.DateTimeFormat().resolvedOptions().timeZone : timeZone;
  return {
    mode,
    mine,
    of: (schedule = null) => (mode === 'utc' ? 'UTC' : mode === 'schedule' ? (schedule ?? mine) : mine),
    choose: (wanted) => set({ zone: wanted === 'mine' ? undefined : wanted }),
  };
}
