import { Modal } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useId, useState } from 'react';
import { useMe } from '../data/me.ts';
import { IconBuilding, IconChevronRight, IconSearch } from '../ui/icons.ts';
import { TEXTS } from './frame-texts.ts';
import classes from './palette.module.css';
import { ALL_COMPANIES, useScope } from './scope.ts';
import { SCREENS } from './screens.ts';
import { useGo } from './url.ts';

interface Offer {
  readonly id: string;
  readonly title: string;
  readonly hint: string;
  readonly words: string;
  readonly icon: ReactNode;
  readonly run: () => void;
}

/** All that the palette offers. */
function useOffers(): readonly Offer[] {
  const go = useGo();
  const { companies } = useMe();
  const { choose } = useScope();
  const screens = SCREENS.filter(({ path }) => !path.includes('$')).map(
    ({ path, title, words = '', nav }) => ({
      id: path,
      title,
      hint: TEXTS.goTo,
      words,
      icon: nav === null ? <IconChevronRight size={16} aria-hidden /> : <nav.icon size={16} />,
      run: () => go(path),
    }),
  );
  const switches = [...companies, ...(companies.length > 1 ? [ALL_COMPANIES] : [])].map((name) => ({
    id: `company ${name}`,
    title: name === ALL_COMPANIES ? TEXTS.allCompanies : name,
    hint: TEXTS.switchTo,
    words: 'company',
    icon: <IconBuilding size={16} aria-hidden />,
    run: () => choose(name === ALL_COMPANIES ? null : name),
  }));
  return [...screens, ...switches];
}

function fits({ title, words, hint }: Offer, text: string): boolean {
  const all = `${title} ${words} ${hint}`.toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every((part) => all.includes(part));
}

/** Goes anywhere by a few letters. */
export function Palette({ onClose }: { readonly onClose: () => void }) {
  return (
    <Modal.Root opened onClose={onClose} padding={0} size={560} yOffset="12vh" centered={false}>
      <Modal.Overlay />
      <Modal.Content aria-label={TEXTS.search}>
        <PaletteBody onClose={onClose} />
      </Modal.Content>
    </Modal.Root>
  );
}

function PaletteBody({ onClose }: { readonly onClose: () => void }) {
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  const offers = useOffers().filter((offer) => fits(offer, text));
  const take = (offer: Offer | undefined) => {
    if (offer === undefined) return;
    onClose();
    offer.run();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    if (step !== 0) setAt((at + step + offers.length) % Math.max(1, offers.length));
    else if (event.key === 'Enter') take(offers[at]);
    else return;
    event.preventDefault();
  };
  return (
    <div>
      <div className={classes.input}>
        <IconSearch size={17} aria-hidden />
        <input
          data-autofocus
          role="combobox"
          aria-expanded
          aria-controls={list}
          aria-activedescendant={offers[at] === undefined ? undefined : `${list}-${at}`}
          aria-label={TEXTS.search}
          placeholder={TEXTS.searchPlaceholder}
          value={text}
          onChange={(event) => {
            setText(event.currentTarget.value);
            setAt(0);
          }}
          onKeyDown={onKeyDown}
        />
      </div>
      <div id={list} role="listbox" aria-label={TEXTS.search} className={classes.list} tabIndex={-1}>
        {offers.map((offer, index) => (
          <button
            key={offer.id}
            id={`${list}-${index}`}
            type="button"
            role="option"
            tabIndex={-1}
            aria-selected={index === at}
            className={classes.offer}
            onMouseMove={() => setAt(index)}
            onClick={() => take(offer)}
          >
            {offer.icon}
            <span>{offer.title}</span>
            <small>{offer.hint}</small>
          </button>
        ))}
        {offers.length === 0 && <p className={classes.none}>{TEXTS.nothingFound}</p>}
      </div>
    </div>
  );
}
