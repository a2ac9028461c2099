import { PageProvider, usePage } from '@nightshift/client/react';
import { type ReactNode, useEffect, useState } from 'react';
import { ask, type Customer, type CustomerLine } from './customers.ts';
import { amount, DASH } from './figures.ts';
import { Note } from './note.tsx';
import { Statistics } from './statistics.tsx';
import { countTasksOf } from './tally.ts';
import { WriteAttempt } from './write-attempt.tsx';

interface CustomerCardProps {
  /** What the list knows of him: there at once. */
  readonly line: CustomerLine;
  readonly position: { readonly place: number; readonly of: number };
  readonly onStep: (by: number) => void;
  readonly onBack: () => void;
}

/** The card: what is quick to read is there at once and can be worked with, the statistics come by themselves. */
export function CustomerCard({ line, position, onStep, onBack }: CustomerCardProps) {
  const page = usePage('Customer Card', line.no);
  useEffect(() => countTasksOf(page), [page]);
  const customer = useCustomer(line.no);
  return (
    <PageProvider page={page}>
      <main className="card">
        <Head line={line} position={position} onStep={onStep} onBack={onBack} />
        <div className="columns">
          <Facts line={line} customer={customer} />
          <Note key={line.no} no={line.no} stored={customer?.note ?? null} />
        </div>
        <Statistics page={page} customerNo={line.no} terms={customer?.paymentTermsDays ?? null} />
        <WriteAttempt key={line.no} page={page} customerNo={line.no} />
      </main>
    </PageProvider>
  );
}

function Head({ line, position, onStep, onBack }: CustomerCardProps) {
  const { place, of } = position;
  return (
    <header className="head">
      <button type="button" className="back" onClick={onBack}>
        ‹ Customers
      </button>
      <div>
        <p className="eyebrow">Customer {line.no}</p>
        <h1>{line.name}</h1>
      </div>
      <div className="steps">
        <span className="position">
          {place.toLocaleString('en')} of {of.toLocaleString('en')}
        </span>
        <button type="button" disabled={place <= 1} title="Previous customer (K)" onClick={() => onStep(-1)}>
          Previous
        </button>
        <button type="button" disabled={place >= of} title="Next customer (J)" onClick={() => onStep(1)}>
          Next
        </button>
      </div>
    </header>
  );
}

function Facts({ line, customer }: { readonly line: CustomerLine; readonly customer: Customer | null }) {
  return (
    <section className="panel" aria-label="General">
      <h2>General</h2>
      <dl className="facts">
        <Fact name="Address">{customer?.address}</Fact>
        <Fact name="City">
          {customer?.postCode ?? DASH} {line.city}
        </Fact>
        <Fact name="Contact">{customer?.contact}</Fact>
        <Fact name="Phone">{customer?.phone}</Fact>
        <Fact name="Payment terms">{customer === null ? null : `${customer.paymentTermsDays} days`}</Fact>
        <Fact name="Credit limit">{customer === null ? null : `€ ${amount(customer.creditLimit)}`}</Fact>
      </dl>
    </section>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children ?? DASH}</dd>
    </div>
  );
}

/** The customer; null while he is read. */
function useCustomer(no: string): Customer | null {
  const [customer, setCustomer] = useState<Customer | null>(null);
  useEffect(() => {
    const leaving = new AbortController();
    ask<Customer>(`/customers/${no}`, leaving.signal).then(setCustomer, () => undefined);
    return () => leaving.abort();
  }, [no]);
  return customer?.no === no ? customer : null;
}
