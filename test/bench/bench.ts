/**
 * Figures, on this machine. `npm run bench` runs all, `npm run bench -- git` one, and what follows goes to it.
 */
const BENCHES: Readonly<Record<string, () => Promise<{ bench(args: readonly string[]): Promise<void> }>>> = {
  bare: () => import('./bare.ts'),
  cluster: () => import('./cluster.ts'),
  cycle: () => import('./cycle.ts'),
  git: () => import('./git.ts'),
  hostile: () => import('./hostile.ts'),
  registry: () => import('./registry.ts'),
  start: () => import('./start.ts'),
  status: () => import('./status.ts'),
  webhook: () => import('./webhook.ts'),
};

const [wanted, ...args] = process.argv.slice(2);
const names = wanted === undefined ? Object.keys(BENCHES) : [wanted];
for (const name of names) {
  const load = BENCHES[name];
  if (load === undefined) throw new Error(`there is no ${name}, only ${Object.keys(BENCHES).join(', ')}`);
  await (await load()).bench(args);
}
