import type { SharedPage } from '@nightshift/client/react';
import { useState } from 'react';

/** How an attempt ended. */
interface Ending {
  readonly title: string;
  readonly text: string;
  readonly code: string;
}

/** Has a background task try to write, and says in plain words what came of it. */
export function WriteAttempt({
  page,
  customerNo,
}: {
  readonly page: SharedPage;
  readonly customerNo: string;
}) {
  const [ending, setEnding] = useState<Ending | null>(null);
  const [isTrying, setIsTrying] = useState(false);
  const attempt = async () => {
    setIsTrying(true);
    const parameters = { customerNo, note: 'Written by a background task' };
    // What it fails with is shown here, and nowhere else.
    const task = page.session.enqueue('Note From The Background', parameters, { errorLevel: 'ignore' });
    setEnding(await task.result.then(() => WRITTEN, inPlainWords));
    setIsTrying(false);
  };
  return (
    <section className="panel attempt" aria-label="What a background task may not do">
      <div>
        <h2>What a background task may not do</h2>
        <p>
          This one tries to change the note above. You may change it, and the task runs as you; yet it only
          reads, and nothing else can be made of it.
        </p>
      </div>
      <button type="button" disabled={isTrying} onClick={() => void attempt()}>
        Try to write
      </button>
      <div role="status" className={ending === null ? 'ending' : 'ending shown'}>
        {ending !== null && (
          <>
            <strong>{ending.title}</strong> {ending.text} <code>{ending.code}</code>
          </>
        )}
      </div>
    </section>
  );
}

/** It must not come to this. */
const WRITTEN: Ending = { title: 'It was written.', text: 'That is a defect.', code: 'NONE' };

function inPlainWords(error: { readonly code?: string; readonly message?: string }): Ending {
  const { code = '', message = '' } = error;
  if (code === 'READ_ONLY')
    return {
      title: 'Refused, and nothing was changed.',
      text: message,
      code,
    };
  if (code === 'PAGE_TASK_CANCELLED')
    return { title: 'Cancelled.', text: 'The card shows another customer now.', code };
  return { title: 'It failed.', text: message, code };
}
