import type { UserInterface } from 'nightshift';

/** A person before a screen who answers every question alike. */
export function personWhoSays(answer: boolean): UserInterface {
  return {
    confirm: async () => answer,
    message: () => undefined,
    openDialog: () => ({ update: () => undefined, close: () => undefined }),
  };
}
