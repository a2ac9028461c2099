import { useEffect, useState } from 'react';

/** The customer that the address names, and how another one is shown: `#/10000`. */
export function useSelection(): readonly [string | null, (no: string | null) => void] {
  const [no, setNo] = useState(ofAddress);
  useEffect(() => {
    const follow = () => setNo(ofAddress());
    addEventListener('hashchange', follow);
    return () => removeEventListener('hashchange', follow);
  }, []);
  const select = (next: string | null) => {
    // Skipping through customers is no journey that one goes back step by step.
    history.replaceState(null, '', next === null ? '#/' : `#/${next}`);
    setNo(next);
  };
  return [no, select];
}

function ofAddress(): string | null {
  return /^#\/(.+)$/.exec(location.hash)?.[1] ?? null;
}
