import { NightshiftError } from '../foundation/index.ts';
import type { AnyCodeunit } from './session.ts';

/** The codeunits of an application, by name and by number. */
export class CodeunitRegistry {
  readonly #byName = new Map<string, AnyCodeunit>();
  readonly #byId = new Map<number, AnyCodeunit>();

  /** @throws NightshiftError APPLICATION_INVALID when a name or a number is taken twice */
  constructor(codeunits: readonly AnyCodeunit[]) {
    for (const added of codeunits) {
      const { name, id } = added;
      if (this.#byName.has(name)) throw twice(`name "${name}"`);
      if (id !== null && this.#byId.has(id)) throw twice(`id ${id}`);
      this.#byName.set(name, added);
      if (id !== null) this.#byId.set(id, added);
    }
  }

  /** All names, sorted. */
  names(): readonly string[] {
    return [...this.#byName.keys()].sort();
  }

  /** Finds by name, or by number written as text. @throws NightshiftError CODEUNIT_UNKNOWN, with the near names */
  get(nameOrId: string): AnyCodeunit {
    const found =
      this.#byName.get(nameOrId) ?? this.#byId.get(/^\d+$/.test(nameOrId) ? Number(nameOrId) : -1);
    if (found !== undefined) return found;
    const near = this.names().find((name) => name.toLowerCase() === nameOrId.toLowerCase());
    const hint =
      near === undefined ? `It has: ${this.names().join(', ') || 'none'}.` : `Did you mean "${near}"?`;
    throw new NightshiftError('CODEUNIT_UNKNOWN', `This application has no codeunit "${nameOrId}". ${hint}`, {
      field: 'codeunit',
    });
  }

  has(name: string): boolean {
    return this.#byName.has(name);
  }
}

function twice(what: string): NightshiftError {
  return new NightshiftError('APPLICATION_INVALID', `Two codeunits have the ${what}.`, {
    field: 'codeunits',
  });
}
