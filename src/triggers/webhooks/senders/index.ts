export { SENDERS } from './senders.ts';
