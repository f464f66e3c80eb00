/** A process that carries out one change and ends: `write-once.ts URL CACHE`. Built and started by tests that kill it. */
import { createGitWriter } from '../../../src/writers/git/git-writer.ts';
import { SILENT } from '../../helpers/logs.ts';
import { aCommit, aFile, aPlaceAt, aSet } from '../plans.ts';

const [url = '', cacheDirectory = ''] = process.argv.slice(2);
const silent = (): void => undefined;
const writer = createGitWriter({
  logins: { find: () => Promise.resolve({ kind: 'none', caFile: undefined }) },
  editOptions: { createMissing: false },
  cacheDirectory,
  cacheBytes: 1024 ** 3,
  author: { name: 'lynceus', email: 'lynceus@example.com' },
  trailers: false,
  pushAttempts: 5,
  history: 20,
  timeout: 20_000,
  clock: { now: () => Date.now(), random: () => Math.random(), sleep: () => Promise.resolve() },
  observer: {
    registryRequest: silent,
    registryFrozen: silent,
    signatureRefused: silent,
    gitOperation: silent,
    checkMeasured: silent,
  },
  log: SILENT,
});
const session = writer.open();
const set = aSet(aPlaceAt(url), aCommit('update', aFile('app.yaml', { from: '1.0', to: '1.1' })));
const results = await session.apply(set, new AbortController().signal);
await session.close();
console.log(JSON.stringify(results.map(({ ending }) => ending.kind)));
