import { useEffect, useState } from 'react';
import { ActivityBar } from './activity-bar.tsx';
import { CustomerCard } from './customer-card.tsx';
import { CustomerList } from './customer-list.tsx';
import { ask, type CustomerLine } from './customers.ts';
import { useSelection } from './selection.ts';

/** The list of customers and the card of one, side by side; on a narrow screen one after the other. */
export function CustomerBook() {
  const [customers, setCustomers] = useState<readonly CustomerLine[] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [no, select] = useSelection();
  useEffect(() => {
    const leaving = new AbortController();
    ask<readonly CustomerLine[]>('/customers', leaving.signal).then(setCustomers, (error: Error) => {
      if (!leaving.signal.aborted) setProblem(error.message);
    });
    return () => leaving.abort();
  }, []);
  const place = customers?.findIndex((customer) => customer.no === no) ?? -1;
  const step = (by: number) => {
    const next = customers?.[Math.max(0, place + by)];
    if (next !== undefined) select(next.no);
  };
  useStepKeys(step);
  const line = customers?.[place];
  return (
    <div className={line === undefined ? 'book' : 'book has-card'}>
      <ActivityBar />
      <CustomerList customers={customers} problem={problem} selected={no} onSelect={select} />
      {line === undefined ? (
        <main className="card empty">
          <p>
            {customers === null
              ? 'One moment …'
              : 'Choose a customer. His card is there at once; his figures follow.'}
          </p>
        </main>
      ) : (
        <CustomerCard
          line={line}
          position={{ place: place + 1, of: customers?.length ?? 0 }}
          onStep={step}
          onBack={() => select(null)}
        />
      )}
    </div>
  );
}

/** J and K step through the customers, except where one types. */
function useStepKeys(step: (by: number) => void) {
  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      const isTyping =
        event.target instanceof HTMLInputElement || event.target instanceof HTMLTextAreaElement;
      if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === 'j') step(1);
      if (event.key === 'k') step(-1);
    };
    addEventListener('keydown', listen);
    return () => removeEventListener('keydown', listen);
  });
}
