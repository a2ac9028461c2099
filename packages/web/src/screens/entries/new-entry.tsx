import { Button, Group, Modal, NativeSelect, Stack } from '@mantine/core';
import type { JobQueueEntry, NewJobQueueEntry, ScheduleWish } from '@nightshift/client/api';
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useScope } from '../../app/scope.ts';
import { useGo } from '../../app/url.ts';
import { useZone } from '../../app/zone.ts';
import { api, changed, newKey } from '../../data/api.ts';
import { fieldFaults } from '../../data/problem.ts';
import { Fault } from '../../ui/fault.tsx';
import classes from './entries.module.css';
import { DraftField } from './entry-field-view.tsx';
import type { EntryField } from './entry-fields.ts';
import { ENTRY_TEXTS } from './entry-texts.ts';
import { ObjectList } from './object-picker.tsx';
import { type ObjectType, useObjectOf } from './objects.ts';
import { OptionsForm } from './options-form.tsx';
import { ENTRIES_PATH } from './paths.ts';
import { ReadyQuestion } from './ready-dialog.tsx';
import { PlanAsTyped } from './schedule-plan.tsx';
import { TEXTS as ENTRY } from './texts.ts';
import type { Draft } from './use-entry-edit.ts';
import { fieldsNamed, PRESETS, type Preset, SAFETY_FIELDS } from './when-fields.ts';

const { wizard: TEXTS } = ENTRY_TEXTS;
const STEPS = TEXTS.steps.codeunit.length;
const WHAT = fieldsNamed('description');
const TEXT = fieldsNamed('parameterString');

interface StepProps {
  readonly company: string;
  readonly values: Draft;
  readonly faults: Readonly<Record<string, string>>;
  readonly change: (name: string, value: unknown) => void;
}

/**
 * Leads to a new entry: what, with which parameters, when, and as whom. It is created On Hold before the last step.
 * @param object what is to run, where that is chosen already; empty: it is not
 */
export function NewEntry({ object, onClose }: { readonly object: string; readonly onClose: () => void }) {
  const { home: company } = useScope();
  const { mine } = useZone();
  const go = useGo();
  const [step, setStep] = useState(0);
  const [preset, setPreset] = useState<Preset>('once');
  const [values, setValues] = useState<Draft>({
    object,
    description: '',
    parameterString: '',
    timeZone: mine,
  });
  const [idempotencyKey, setKey] = useState(newKey);
  const wish: Draft = { ...values, ...(preset === 'once' ? { timeZone: mine } : {}) };
  const create = useMutation({
    mutationFn: () =>
      api.call('jobQueueEntries.create', {
        params: { company },
        body: wish as unknown as NewJobQueueEntry,
        idempotencyKey,
      }),
    onSuccess: () => {
      changed('jobQueueEntries');
      setStep(STEPS - 1);
    },
    onError(error) {
      // What is sent again after a correction is another wish.
      setKey(newKey());
      setStep(stepOf(Object.keys(fieldFaults(error))));
    },
  });
  const faults = fieldFaults(create.error);
  const props: StepProps = {
    company,
    values,
    faults,
    change: (name, value) => setValues((before) => ({ ...before, [name]: value })),
  };
  const choosePreset = (next: Preset) => {
    const old = Object.keys(PRESETS[preset].values);
    setPreset(next);
    setValues((before) => ({
      ...Object.fromEntries(Object.entries(before).filter(([name]) => !old.includes(name))),
      ...PRESETS[next].values,
    }));
  };
  const { objectType } = useObjectOf(company, String(values['object']));
  const created = create.data;
  const close = () => {
    onClose();
    if (created !== undefined) go(`${ENTRIES_PATH}/${created.id}`, { company });
  };
  const isFaultElsewhere = create.error !== null && Object.keys(faults).length === 0;
  return (
    <Modal
      opened
      onClose={close}
      title={TEXTS.title}
      size="xl"
      closeOnClickOutside={false}
      closeButtonProps={{ 'aria-label': TEXTS.discard }}
    >
      <Steps step={step} objectType={objectType} />
      {created === undefined ? (
        <form
          onSubmit={(event) => {
            event.preventDefault();
            if (step === STEPS - 2) create.mutate();
            else setStep(step + 1);
          }}
        >
          <Stack gap="sm">
            {isFaultElsewhere && <Fault error={create.error} />}
            {step === 0 && <What {...props} />}
            {step === 1 && <Parameters {...props} />}
            {step === 2 && <When {...props} preset={preset} choosePreset={choosePreset} wish={wish} />}
            <Group justify="flex-end" gap="xs">
              {step === 0 ? (
                <Button onClick={onClose}>{TEXTS.discard}</Button>
              ) : (
                <Button onClick={() => setStep(step - 1)}>{TEXTS.back}</Button>
              )}
              <Button
                type="submit"
                variant="filled"
                disabled={values['object'] === ''}
                loading={create.isPending}
              >
                {step === STEPS - 2 ? TEXTS.create : TEXTS.next}
              </Button>
            </Group>
          </Stack>
        </form>
      ) : (
        <AsWhom company={company} entry={created} onClose={close} />
      )}
    </Modal>
  );
}

/** Where a fault is put right; the step before the last for any other. */
function stepOf(names: readonly string[]): number {
  if (names.some((name) => name === 'object' || name === 'description')) return 0;
  return names.some((name) => /^(?:parameter|reportOutputType)/.test(name)) ? 1 : STEPS - 2;
}

function Steps({ step, objectType }: { readonly step: number; readonly objectType: ObjectType }) {
  return (
    <ol className={classes.steps} aria-label={TEXTS.stepsName}>
      {TEXTS.steps[objectType].map((name, index) => (
        <li key={name} aria-current={index === step ? 'step' : undefined} data-done={index < step}>
          <b>{index + 1}</b> {name}
        </li>
      ))}
    </ol>
  );
}

function Filled({ fields, values, faults, change }: StepProps & { readonly fields: readonly EntryField[] }) {
  return (
    <div className={classes.filled}>
      {fields.map((field) => (
        <DraftField
          key={field.name}
          field={field}
          value={values[field.name] ?? null}
          fault={faults[field.name]}
          onChange={change}
        />
      ))}
    </div>
  );
}

function What(props: StepProps) {
  const { company, values, faults, change } = props;
  return (
    <>
      <ObjectList
        company={company}
        value={String(values['object'])}
        onChange={(name) => {
          if (name === values['object']) return;
          change('object', name);
          // They were for another object.
          change('parameters', null);
          change('reportOutputType', null);
        }}
      />
      {faults['object'] !== undefined && <p className={classes.fault}>{faults['object']}</p>}
      <Filled {...props} fields={WHAT} />
    </>
  );
}

function Parameters(props: StepProps) {
  const { company, values, faults, change } = props;
  const object = useObjectOf(company, String(values['object']));
  return (
    <>
      <OptionsForm object={object} values={values} faults={faults} onChange={change} />
      {/* A report is given no text for routing. */}
      {object.objectType === 'codeunit' && <Filled {...props} fields={TEXT} />}
    </>
  );
}

function When({
  preset,
  choosePreset,
  wish,
  ...props
}: StepProps & {
  readonly preset: Preset;
  readonly choosePreset: (preset: Preset) => void;
  readonly wish: Draft;
}) {
  const { fields, values } = PRESETS[preset];
  const schedule = Object.fromEntries(
    [...Object.keys(values), 'timeZone'].flatMap((name) => (name in wish ? [[name, wish[name]]] : [])),
  ) as ScheduleWish;
  return (
    <div className={classes.when}>
      <div>
        <NativeSelect
          label={TEXTS.how}
          value={preset}
          data={Object.entries(TEXTS.presets).map(([value, label]) => ({ value, label }))}
          onChange={(event) => choosePreset(event.currentTarget.value as Preset)}
          data-autofocus
        />
        <Filled {...props} fields={fields} />
        <details className={classes.limits}>
          <summary>{TEXTS.limits}</summary>
          <Filled {...props} fields={SAFETY_FIELDS} />
        </details>
      </div>
      <section aria-label={ENTRY.preview}>
        <h3>{ENTRY.preview}</h3>
        <PlanAsTyped company={props.company} wish={schedule} />
      </section>
    </div>
  );
}

function AsWhom({
  company,
  entry,
  onClose,
}: {
  readonly company: string;
  readonly entry: JobQueueEntry;
  readonly onClose: () => void;
}) {
  const name = ENTRY.cap(ENTRY.name(entry.entryNo));
  return (
    <Stack gap="sm">
      <div role="status">{TEXTS.created(name)}</div>
      <ReadyQuestion company={company} entryId={entry.id} name={name} onClose={onClose} />
    </Stack>
  );
}
