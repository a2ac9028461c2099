import type { Verb } from '../contract/permissions.ts';

/** A category, and how many entries name it. */
interface NamedCategory {
  readonly code: string;
  readonly entries: number;
}

/** Why a category is not deleted; null: it is. Pure. */
export function deletionRefusal({ code, entries }: NamedCategory): string | null {
  if (entries === 0) return null;
  const many = entries === 1 ? '1 entry names' : `${entries} entries name`;
  return `${many} the category "${code}": change them first.`;
}

/** The actions of a category, and why its state forbids each; null: it does not. Pure. */
export function categoryActions(category: NamedCategory) {
  const verb: Verb = 'category.change';
  return [
    { name: 'modify', verb, refusal: null },
    { name: 'delete', verb, refusal: deletionRefusal(category) },
  ];
}
