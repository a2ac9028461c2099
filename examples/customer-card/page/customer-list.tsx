import { memo, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { CustomerLine } from './customers.ts';

/** As in the style sheet. */
const ROW = 56;
/** Rows drawn beyond what is seen. */
const BEYOND = 6;

interface CustomerListProps {
  readonly customers: readonly CustomerLine[] | null;
  readonly problem: string | null;
  readonly selected: string | null;
  readonly onSelect: (no: string) => void;
}

/** Thousands of customers, of which only those are drawn that are seen. */
export function CustomerList({ customers, problem, selected, onSelect }: CustomerListProps) {
  const [sought, setSought] = useState('');
  const found = useMemo(() => {
    const text = sought.trim().toLowerCase();
    const fits = ({ no, name, city }: CustomerLine) => `${no} ${name} ${city}`.toLowerCase().includes(text);
    return text === '' ? (customers ?? []) : (customers ?? []).filter(fits);
  }, [customers, sought]);
  return (
    <nav className="list" aria-label="Customers">
      <label className="search">
        <span className="visually-hidden">Search for a customer</span>
        <input
          type="search"
          placeholder="Search name, number, city"
          value={sought}
          onChange={(event) => setSought(event.target.value)}
        />
        <span className="count">
          {customers === null ? '' : `${found.length.toLocaleString('en')} customers`}
        </span>
      </label>
      {problem !== null && <p className="problem">{problem}</p>}
      <Rows found={found} selected={selected} onSelect={onSelect} />
    </nav>
  );
}

interface RowsProps {
  readonly found: readonly CustomerLine[];
  readonly selected: string | null;
  readonly onSelect: (no: string) => void;
}

function Rows({ found, selected, onSelect }: RowsProps) {
  const box = useRef<HTMLDivElement>(null);
  const [seen, setSeen] = useState({ top: 0, height: 800 });
  const look = useCallback(() => {
    if (box.current !== null) setSeen({ top: box.current.scrollTop, height: box.current.clientHeight });
  }, []);
  useLayoutEffect(look, [look]);
  useEffect(() => {
    addEventListener('resize', look);
    return () => removeEventListener('resize', look);
  }, [look]);
  const place = found.findIndex(({ no }) => no === selected);
  useLayoutEffect(() => {
    const { current } = box;
    if (current === null || place < 0) return;
    const { scrollTop, clientHeight } = current;
    if (place * ROW < scrollTop) current.scrollTop = place * ROW;
    if ((place + 1) * ROW > scrollTop + clientHeight) current.scrollTop = (place + 1) * ROW - clientHeight;
  }, [place]);
  const first = Math.max(0, Math.floor(seen.top / ROW) - BEYOND);
  const last = Math.min(found.length, Math.ceil((seen.top + seen.height) / ROW) + BEYOND);
  return (
    <div className="rows" ref={box} onScroll={look}>
      <ul style={{ height: found.length * ROW }}>
        {found.slice(first, last).map((customer, at) => (
          <Row
            key={customer.no}
            customer={customer}
            top={(first + at) * ROW}
            isSelected={customer.no === selected}
            onSelect={onSelect}
          />
        ))}
      </ul>
    </div>
  );
}

interface RowProps {
  readonly customer: CustomerLine;
  readonly top: number;
  readonly isSelected: boolean;
  readonly onSelect: (no: string) => void;
}

const Row = memo(function Row({ customer, top, isSelected, onSelect }: RowProps) {
  const { no, name, city } = customer;
  return (
    <li style={{ transform: `translateY(${top}px)` }}>
      <button type="button" aria-current={isSelected ? 'true' : undefined} onClick={() => onSelect(no)}>
        <span className="name">{name}</span>
        <span className="where">
          {no} · {city}
        </span>
      </button>
    </li>
  );
});
