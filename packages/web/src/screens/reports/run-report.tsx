import { Button, Group, Modal, Stack } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useGo } from '../../app/url.ts';
import { api, changed, newKey } from '../../data/api.ts';
import { fieldFaults } from '../../data/problem.ts';
import type { Report } from '../../data/reports.ts';
import { Fault } from '../../ui/fault.tsx';
import { tell } from '../../ui/notify.ts';
import { ParametersForm } from '../entries/parameters-form.tsx';
import { REPORT_INBOX_PATH } from '../report-inbox/paths.ts';
import { OutputTypeField, type OutputWish } from './output-type-field.tsx';
import classes from './reports.module.css';
import { TEXTS } from './texts.ts';

const { dialog: WORDS } = TEXTS;
/** What the dialog asks for, as faults call it. */
const ASKED = /^(?:parameters|outputType)\b/;

/** Asks what a report wants to know, and runs it in the background as whoever is at the screen. */
export function RunReport({
  company,
  report,
  onClose,
}: {
  readonly company: string;
  readonly report: Report;
  readonly onClose: () => void;
}) {
  const [parameters, setParameters] = useState<unknown>(null);
  const [outputType, setOutputType] = useState<OutputWish>(report.outputTypes[0] ?? 'None');
  const running = useRunning(company, report.name, outputType, onClose);
  const faults = fieldFaults(running.error);
  const isFaultElsewhere = running.error !== null && !Object.keys(faults).some((path) => ASKED.test(path));
  return (
    <Modal
      opened
      onClose={onClose}
      title={WORDS.title(report.name)}
      size="lg"
      closeButtonProps={{ 'aria-label': WORDS.cancel }}
    >
      <form
        onSubmit={(event) => {
          event.preventDefault();
          running.mutate(parameters);
        }}
      >
        <Stack gap="sm">
          <div className={classes.lead}>
            {report.description !== '' && <p>{report.description}</p>}
            <p>{WORDS.inCompany(company)}</p>
          </div>
          {isFaultElsewhere && <Fault error={running.error} />}
          <ParametersForm
            objectType="report"
            schema={report.parametersSchema}
            value={parameters}
            faults={faults}
            onChange={setParameters}
          />
          <OutputTypeField
            types={report.outputTypes}
            value={outputType}
            fault={faults['outputType']}
            onChange={setOutputType}
          />
          <Group justify="flex-end" gap="xs">
            <Button onClick={onClose}>{WORDS.cancel}</Button>
            <Button
              type="submit"
              variant="filled"
              loading={running.isPending}
              data-autofocus={report.parametersSchema === null ? true : undefined}
            >
              {WORDS.run}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** Starts it, and says where its document will be. */
function useRunning(company: string, report: string, outputType: OutputWish, onDone: () => void) {
  const go = useGo();
  const [idempotencyKey, setKey] = useState(newKey);
  return useMutation({
    mutationFn: (parameters: unknown) =>
      api.call('reports.run', {
        params: { company, report },
        body: { outputType, ...(parameters === null ? {} : { parameters }) },
        idempotencyKey,
      }),
    onSuccess: () => {
      changed('sessions');
      tell(
        WORDS.started(report),
        outputType === 'None' ? (
          WORDS.onlyRuns
        ) : (
          <WillCome onOpen={() => go(REPORT_INBOX_PATH, { company })} />
        ),
      );
      onDone();
    },
    // What is sent again after a correction is another wish.
    onError: () => setKey(newKey()),
  });
}

/** Notifications stand outside what the router knows: the link is followed for it. */
function WillCome({ onOpen }: { readonly onOpen: () => void }) {
  return (
    <>
      {WORDS.willCome}{' '}
      <a
        href={REPORT_INBOX_PATH}
        onClick={(event) => {
          event.preventDefault();
          onOpen();
        }}
      >
        {WORDS.open}
      </a>
    </>
  );
}
