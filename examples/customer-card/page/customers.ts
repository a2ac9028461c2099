/** A line of the list. */
export interface CustomerLine {
  readonly no: string;
  readonly name: string;
  readonly city: string;
}

/** What else the card shows. */
export interface Customer extends CustomerLine {
  readonly address: string;
  readonly postCode: string;
  readonly contact: string;
  readonly phone: string;
  readonly paymentTermsDays: number;
  readonly creditLimit: number;
  readonly note: string;
}

/** What runs on the server instance, of all tabs. */
export interface Activity {
  readonly pages: number;
  readonly running: number;
  readonly waiting: number;
  readonly limit: number;
}

/** Asks the host application. @throws Error with its words */
export async function ask<Answer>(address: string, signal: AbortSignal | null = null): Promise<Answer> {
  const answer = await fetch(address, { signal });
  if (!answer.ok) throw new Error(`${address} was answered ${answer.status}.`);
  return (await answer.json()) as Answer;
}

/** Stores a note. @throws Error */
export async function storeNote(no: string, note: string): Promise<void> {
  const answer = await fetch(`/customers/${no}/note`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ note }),
  });
  if (!answer.ok) throw new Error(`The note was not stored (${answer.status}).`);
}
