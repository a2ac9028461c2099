/** Where an item is. */
export interface ItemPlace {
  readonly company: string;
  readonly table: string;
  readonly itemId: number;
}
