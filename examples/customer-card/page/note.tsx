import { useState } from 'react';
import { storeNote } from './customers.ts';

/** What was typed and not stored, so that nothing is lost by looking at another customer. */
const drafts = new Map<string, string>();

/** The note of a customer. It is stored by an ordinary request, which may write, while his statistics are still on their way. */
export function Note({ no, stored }: { readonly no: string; readonly stored: string | null }) {
  const [draft, setDraft] = useState(drafts.get(no) ?? null);
  const [saved, setSaved] = useState<string | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const known = saved ?? stored;
  const text = draft ?? known ?? '';
  const isChanged = draft !== null && draft !== known;
  const change = (next: string) => {
    drafts.set(no, next);
    setDraft(next);
  };
  const save = async () => {
    try {
      await storeNote(no, text);
      drafts.delete(no);
      setSaved(text);
      setDraft(null);
      setProblem(null);
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  };
  return (
    <section className="panel note" aria-label="Note">
      <h2>
        <label htmlFor="note">Note</label>
      </h2>
      <textarea
        id="note"
        value={text}
        maxLength={2_000}
        placeholder="Write something, now: nothing has to be waited for."
        onChange={(event) => change(event.target.value)}
      />
      <div className="note-foot">
        <span role="status" className={problem === null ? 'quiet' : 'problem'}>
          {problem ?? (isChanged ? 'Not saved yet' : saved === null ? '' : 'Saved')}
        </span>
        <button type="button" disabled={!isChanged} onClick={() => void save()}>
          Save
        </button>
      </div>
    </section>
  );
}
