import { Empty } from '../ui/empty.tsx';
import { IconSearch } from '../ui/icons.ts';

const TEXTS = {
  title: 'There is nothing at this address',
  text: 'It may have moved, or the address was cut short.',
  home: 'To the start',
};

/** For an address that leads nowhere. */
export function NotFound() {
  return (
    <Empty icon={IconSearch} title={TEXTS.title} text={TEXTS.text}>
      <a href="/">{TEXTS.home}</a>
    </Empty>
  );
}
