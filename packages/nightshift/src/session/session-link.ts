/** A session in the chain of those that started each other. */
export interface SessionLink {
  readonly id: number;
  readonly uniqueId: string;
  readonly codeunit: string;
}
