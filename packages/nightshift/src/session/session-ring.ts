/** Must be a power of two. */
const SIZE_MIN = 1_024;

/** What is kept: something with a number. */
interface Numbered {
  readonly id: number;
}

/**
 * What goes on now, by the numbers that one instance gives one after another. Not a Map: when items come and go at every turn, it is
 * made anew again and again, and the old ones, which nobody uses, keep what they held from being collected young. With a Map
 * half of the CPU of a task that does nothing was collecting its sessions.
 */
export class SessionRing<Item extends Numbered> {
  #items: (Item | null)[] = new Array(SIZE_MIN).fill(null);
  #size = 0;

  /** How many there are. */
  get size(): number {
    return this.#size;
  }

  get(id: number): Item | undefined {
    const item = this.#items[this.#placeOf(id)];
    return item?.id === id ? item : undefined;
  }

  has(id: number): boolean {
    return this.get(id) !== undefined;
  }

  /** Another one of the same number gives way. */
  add(item: Item): void {
    for (;;) {
      const at = this.#placeOf(item.id);
      const present = this.#items[at];
      if (present == null || present.id === item.id) {
        if (present == null) this.#size++;
        this.#items[at] = item;
        return;
      }
      this.#grow();
    }
  }

  /** @returns whether it was there: it, and not another one of the same number */
  remove(item: Item): boolean {
    const at = this.#placeOf(item.id);
    if (this.#items[at] !== item) return false;
    this.#items[at] = null;
    this.#size--;
    return true;
  }

  /** All of them; some may be removed meanwhile. */
  *all(): Generator<Item> {
    for (const item of this.#items) if (item !== null) yield item;
  }

  #placeOf(id: number): number {
    return id & (this.#items.length - 1);
  }

  /** Numbers that had places of their own have them in twice the room, too. */
  #grow(): void {
    const before = this.#items;
    this.#items = new Array(2 * before.length).fill(null);
    for (const item of before) if (item !== null) this.#items[this.#placeOf(item.id)] = item;
  }
}
