/** What can go wrong between us and the shop; kept with the run's log entry. */
export type ShopErrorCode =
  | 'SHOP_SETUP_INVALID'
  | 'SHOP_UNAUTHORIZED'
  | 'SHOP_FORBIDDEN'
  | 'SHOP_NOT_FOUND'
  | 'SHOP_REDIRECTS'
  | 'SHOP_REQUEST_REFUSED'
  | 'SHOP_BUSY'
  | 'SHOP_UNAVAILABLE'
  | 'SHOP_RESPONSE_INVALID'
  | 'SHOP_PAGING_STUCK';

/** A failed conversation with the shop. It ends the fetch; orders that are staged already are processed all the same. */
export class ShopError extends Error {
  override readonly name = 'ShopError';
  readonly code: ShopErrorCode;

  constructor(code: ShopErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
