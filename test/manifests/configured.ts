import type { Config } from '../../src/config/config.ts';
import { fakeApp, report, run, type Ran } from '../cli/run-in-process.ts';
import type { Container } from './rendered.ts';

/** What the command line of the container makes of these keys of the ConfigMap: no cycle is run. */
export async function configured(
  { args, env }: Container,
  keys: Readonly<Record<string, string>>,
  podIndex = 1,
): Promise<Ran & { readonly config: Config | undefined }> {
  const given = env.flatMap(({ name, value, valueFrom }) => {
    const text = value ?? keys[valueFrom?.configMapKeyRef?.key ?? ''];
    return text === undefined ? [] : [[name, text] as const];
  });
  const { app, asked } = fakeApp({ runCycle: () => Promise.resolve(report()) });
  const argv = [
    ...args.map((arg) => arg.replace('$(SHARD)', String(podIndex))),
    '--once',
    '--applications',
    'none',
  ];
  const ran = await run(argv, { app, env: Object.fromEntries(given) });
  return { ...ran, config: asked.configs[0] };
}
