import type { Enforcement } from './enforcement.ts';

/**
 * The names of this database's roles and schemas. They are made of the mark and numbers and need no quoting, but for `app`
 * when codeunits enforce: it is the platform's login then, in quotes, and of the other roles there is none.
 */
export interface RoleNames {
  readonly mark: string;
  /** Who enforces table rights. Without `database` no roles are made, granted or compared. */
  readonly enforcement: Enforcement;
  /** Owns the tables of the application. */
  readonly app: string;
  /** May call what sessions may call. */
  readonly session: string;
  /** Sees what there is in one company, without a right to any of it. */
  readonly company: (companyNo: number) => string;
  /** What a session runs as: one user in one company. */
  readonly userInCompany: (userNo: number, companyNo: number) => string;
  /** The same user while a codeunit runs that lends rights. */
  readonly userLent: (userNo: number, companyNo: number, lentNo: number) => string;
  /** A permission set in one company. */
  readonly setInCompany: (setNo: number, companyNo: number) => string;
  /** What one codeunit lends in one company. */
  readonly lentInCompany: (lentNo: number, companyNo: number) => string;
  readonly slot: (number: number) => string;
  /**
   * Makes roles in one company, where the platform's login is no superuser: those of a group of users, or, null, those of the company,
   * of permission sets and of what is lent.
   */
  readonly maker: (group: number | null, companyNo: number) => string;
}

/**
 * Names by mark.
 * @param login the platform's, in quotes, where codeunits enforce; null where the database does
 */
export function roleNames(mark: string, login: string | null = null): RoleNames {
  const begin = `ns_${mark}`;
  return {
    mark,
    enforcement: login === null ? 'database' : 'codeunit',
    app: login ?? `${begin}_app`,
    session: `${begin}_session`,
    company: (companyNo) => `${begin}_c${companyNo}`,
    userInCompany: (userNo, companyNo) => `${begin}_u${userNo}_c${companyNo}`,
    userLent: (userNo, companyNo, lentNo) => `${begin}_u${userNo}_c${companyNo}_i${lentNo}`,
    setInCompany: (setNo, companyNo) => `${begin}_p${setNo}_c${companyNo}`,
    lentInCompany: (lentNo, companyNo) => `${begin}_i${lentNo}_c${companyNo}`,
    slot: (number) => `${begin}_s${number}`,
    maker: (group, companyNo) => `${begin}_m${group ?? ''}_c${companyNo}`,
  };
}

/** The schema of a company's tables. */
export function companySchema(companyNo: number): string {
  return `co_${companyNo}`;
}

/** What a role is for, by its name. */
export type RolePart =
  | { readonly kind: 'app' }
  | { readonly kind: 'session' }
  | { readonly kind: 'slot'; readonly slotNo: number }
  | { readonly kind: 'company'; readonly companyNo: number }
  | { readonly kind: 'set'; readonly setNo: number; readonly companyNo: number }
  | { readonly kind: 'lent'; readonly lentNo: number; readonly companyNo: number }
  | {
      readonly kind: 'maker';
      /** Of users; null: of everything else in the company. */
      readonly group: number | null;
      readonly companyNo: number;
    }
  | {
      readonly kind: 'user';
      readonly userNo: number;
      readonly companyNo: number;
      /** Null: without lent rights. */
      readonly lentNo: number | null;
    };

const ROLE =
  /^ns_(?<mark>[0-9a-f]{6})_(?:(?<fixed>app|session)|s(?<slot>\d+)|c(?<only>\d+)|p(?<set>\d+)_c(?<setCompany>\d+)|i(?<lent>\d+)_c(?<lentCompany>\d+)|m(?<maker>\d*)_c(?<makerCompany>\d+)|u(?<user>\d+)_c(?<company>\d+)(?:_i(?<userLent>\d+))?)$/;

/** The mark and the purpose of a role; null when its name is none of ours. */
export function roleOfName(name: string): { readonly mark: string; readonly part: RolePart } | null {
  const found = ROLE.exec(name)?.groups;
  return found === undefined ? null : { mark: found['mark'] ?? '', part: partOf(found) };
}

function partOf(found: Readonly<Record<string, string | undefined>>): RolePart {
  const { fixed, slot, only, set, setCompany, lent, lentCompany, maker, makerCompany } = found;
  if (fixed !== undefined) return { kind: fixed === 'app' ? 'app' : 'session' };
  if (slot !== undefined) return { kind: 'slot', slotNo: Number(slot) };
  if (only !== undefined) return { kind: 'company', companyNo: Number(only) };
  if (set !== undefined) return { kind: 'set', setNo: Number(set), companyNo: Number(setCompany) };
  if (lent !== undefined) return { kind: 'lent', lentNo: Number(lent), companyNo: Number(lentCompany) };
  if (maker !== undefined) {
    const group = maker === '' ? null : Number(maker);
    return { kind: 'maker', group, companyNo: Number(makerCompany) };
  }
  const { user, company, userLent } = found;
  const lentNo = userLent === undefined ? null : Number(userLent);
  return { kind: 'user', userNo: Number(user), companyNo: Number(company), lentNo };
}

/** The name of a role, by its purpose. */
export function nameOfRole(names: RoleNames, part: RolePart): string {
  switch (part.kind) {
    case 'app':
    case 'session':
      return names[part.kind];
    case 'slot':
      return names.slot(part.slotNo);
    case 'company':
      return names.company(part.companyNo);
    case 'set':
      return names.setInCompany(part.setNo, part.companyNo);
    case 'lent':
      return names.lentInCompany(part.lentNo, part.companyNo);
    case 'maker':
      return names.maker(part.group, part.companyNo);
    case 'user':
      return part.lentNo === null
        ? names.userInCompany(part.userNo, part.companyNo)
        : names.userLent(part.userNo, part.companyNo, part.lentNo);
  }
}
