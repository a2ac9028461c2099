/** A promise that is asked for when somebody begins to wait for it, each time. */
class AskedPromise<T> extends Promise<T> {
  #ask: (() => Promise<T>) | null = null;

  // What `then` returns is a plain promise.
  static override get [Symbol.species](): PromiseConstructor {
    return Promise;
  }

  static by<T>(ask: () => Promise<T>): AskedPromise<T> {
    // It settles for nobody itself: whoever waits gets what the answer is to him.
    const asked = new AskedPromise<T>(() => undefined);
    asked.#ask = ask;
    return asked;
  }

  // biome-ignore lint/suspicious/noThenProperty: waiting is what asks
  override then<A = T, B = never>(
    onFulfilled?: ((value: T) => A | PromiseLike<A>) | null,
    onRejected?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.#ask === null
      ? super.then(onFulfilled, onRejected)
      : this.#ask().then(onFulfilled, onRejected);
  }
}

/**
 * The same promise for everyone who may wait; who may not gets the refusal at once, as its rejection.
 * @param refusal asked each time that somebody begins to wait; null: he may
 */
export function guardedPromise<T>(inner: Promise<T>, refusal: () => Error | null): Promise<T> {
  return AskedPromise.by(() => {
    const error = refusal();
    return error === null ? inner : Promise.reject(error);
  });
}

/** A promise for what `ask` answers; asked once, and again when somebody begins to wait after it was refused. */
export function askedPromise<T>(ask: () => Promise<T>): Promise<T> {
  let asked: Promise<T> | null = null;
  return AskedPromise.by(() => {
    asked ??= ask().catch((error: unknown) => {
      asked = null;
      throw error;
    });
    return asked;
  });
}
