// node examples/order-sync/src/simulator-main.ts --port 8099 --orders 1000 --seed 1 --faults all
// Prints one line of JSON when the shop is open; ends with SIGINT or SIGTERM.
import { parseArgs } from 'node:util';
import { startShopSimulator } from './simulator.ts';
import { parseFaults } from './simulator-faults.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    orders: { type: 'string', default: '1000' },
    seed: { type: 'string', default: '1' },
    faults: { type: 'string', default: 'none' },
  },
});

function wholeNumber(name: string, text: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new RangeError(`--${name} takes a whole number, not "${text}".`);
}

const simulator = await startShopSimulator({
  port: wholeNumber('port', values.port),
  orders: wholeNumber('orders', values.orders),
  seed: wholeNumber('seed', values.seed),
  faults: parseFaults(values.faults),
});
const { url, key, secret, expected } = simulator;
console.log(JSON.stringify({ url, key, secret, expected }));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void simulator.stop());
