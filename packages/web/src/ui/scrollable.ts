/** For lists of plain text that scroll: they can have the focus, or nobody could scroll them by the keyboard. */
export const SCROLLABLE = Object.freeze({ tabIndex: 0 });
