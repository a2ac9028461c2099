import type { AllowedAction } from '@nightshift/client/api';
import type { ComponentType, ReactNode } from 'react';
import type { Search } from '../../app/url.ts';
import type { ListOperation, Resource } from '../../data/api.ts';
import type { InCompany } from '../../data/pages.ts';

/** A column of a list. */
export interface Column<Row> {
  readonly id: string;
  readonly label: string;
  /** One sentence, best from `virtual:help/…`. */
  readonly help?: string | undefined;
  /** Pixels; wider screens share out what is left in proportion. */
  readonly width: number;
  /** What `sort` of the interface is called for this column, the smallest first and the greatest first. */
  readonly sort?: { readonly up?: string; readonly down?: string };
  /** Shown only when somebody chooses it. */
  readonly isHidden?: boolean;
  readonly align?: 'end';
  readonly cell: (row: InCompany<Row>) => ReactNode;
  /** Where it stands when a narrow screen shows cards; `wide`: over the whole card, for sentences. Default: half of it, with its label. */
  readonly inCard?: 'title' | 'status' | 'wide' | 'none';
}

/** What a list can be narrowed by. Its name is that of the query of the interface, and that in the address. */
export type Filter = {
  readonly name: string;
  readonly label: string;
} & (
  | {
      readonly kind: 'words';
      readonly words: readonly string[];
      /** What people read for them. Default: the words themselves. */
      readonly labels?: Readonly<Record<string, string>>;
      /** Whether the interface takes one of them only. */
      readonly isOne?: boolean;
    }
  | { readonly kind: 'text' }
  | { readonly kind: 'flag' }
);

/** A view that everybody has. */
export interface View {
  readonly id: string;
  readonly label: string;
  /** Filters and order; empty: everything. */
  readonly search: Search;
}

/** What is asked before an action; the answer of each field goes to `run`. */
export interface Question {
  readonly title: string;
  readonly text?: string;
  /** Asks for a text, such as a reason. */
  readonly field?: { readonly label: string; readonly isRequired?: boolean };
  /** Offers some words, such as priorities. */
  readonly choice?: { readonly label: string; readonly words: readonly string[] };
}

/** What an action is run with. */
export interface Given {
  readonly text: string;
  readonly choice: string;
}

/** Something that is done to a row, or to many one after the other. */
export interface RowAction<Row> {
  /** As in `allowedActions`, which say whether it is open and why not. */
  readonly name: string;
  readonly label: string;
  readonly icon: ComponentType<{ size?: number | string }>;
  /** Whether it stands in the bar by itself, or under "More". */
  readonly isMain?: boolean;
  readonly isDangerous?: boolean;
  /** Asked first; `count` rows are meant, the first is called `name`. */
  readonly ask?: (count: number, name: string) => Question;
  readonly run: (row: InCompany<Row>, given: Given) => Promise<unknown>;
  /** What is said when it is done to one; `answer` is what `run` came to. Empty: nothing is said. */
  readonly done: (name: string, answer?: unknown) => string;
  /** Whether it makes no sense for many. */
  readonly isSingle?: boolean;
  /** Whether it is open where `allowedActions` say nothing of it; the server refuses it all the same. */
  readonly isUntold?: boolean;
  /** Why it makes no sense for a row, whatever the server says of what the row belongs to; null: it does. */
  readonly closedFor?: (row: Row) => string | null;
}

/** Rows that say what may be done with them. */
export interface Acting {
  readonly allowedActions?: readonly AllowedAction[] | undefined;
}

/** All that makes a list. */
export interface ListDefinition<Row extends Acting> {
  /** In the plural, such as "Job queue entries". */
  readonly title: string;
  /** One of them, such as "entry". */
  readonly noun: string;
  /** Default: `${noun}s`. */
  readonly nouns?: string;
  readonly resource: Resource;
  readonly operation: ListOperation;
  readonly columns: readonly Column<Row>[];
  readonly filters: readonly Filter[];
  /** The name of the query that searches; undefined: there is none. */
  readonly searchName?: string;
  readonly searchHint?: string;
  readonly views?: readonly View[];
  /** Names a row for ever. */
  readonly key: (row: Row) => string;
  /** Names it for people, such as "entry 12". */
  readonly name: (row: Row) => string;
  /** Where a row leads; the company is added. */
  readonly link?: (row: InCompany<Row>) => { readonly path: string; readonly search?: Search };
  /** Done when somebody opens a row that leads nowhere, such as fetching a file. */
  readonly onOpen?: (row: InCompany<Row>) => void;
  /** Done when somebody goes where a row leads. */
  readonly onFollow?: (row: InCompany<Row>) => void;
  /** What is shown beneath a row that is opened. */
  readonly expand?: (row: InCompany<Row>) => ReactNode;
  readonly actions?: readonly RowAction<Row>[];
  /** Buttons of the list as a whole, such as "New". */
  readonly buttons?: ReactNode;
  /** Shown instead of an empty table when nothing narrows the list. */
  readonly whenEmpty?: ReactNode;
  /** Whether rows can be had as a file. */
  readonly hasCsv?: boolean;
  /** Always set, whatever the address says, such as the entry whose runs are shown on its card. */
  readonly fixed?: Search;
  /** Parts of the path beside the company, such as the table of work items. */
  readonly params?: Search;
}

/** Whether an action is open for a row, and why not. */
export function allowanceOf<Row extends Acting>(row: Row, action: RowAction<Row>): AllowedAction {
  const closed = action.closedFor?.(row) ?? null;
  if (closed !== null) return { name: action.name, allowed: false, reason: closed };
  const found = row.allowedActions?.find(({ name }) => name === action.name);
  return (
    found ?? {
      name: action.name,
      allowed: row.allowedActions === undefined || action.isUntold === true,
      reason: null,
    }
  );
}
