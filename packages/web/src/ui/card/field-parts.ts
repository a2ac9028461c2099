export { Fields } from './card.tsx';
export { Field, Value } from './field.tsx';
