import type { CommandContext } from './command-context.ts';
import { remoteSource, type StatusSource } from './status-source.ts';

export interface StatusPlace {
  readonly server: string;
  readonly token: string | undefined;
  readonly ca: string | undefined;
}

/** Opens where the status comes from, for one piece of work: a running Lynceus, or a dry run with these flags where none is named. */
export async function openStatusSource<Result>(
  {
    place,
  }: {
    readonly place: StatusPlace | undefined;
    readonly flags: Readonly<Record<string, unknown>>;
    readonly context: CommandContext;
  },
  work: (source: StatusSource) => Promise<Result>,
): Promise<Result> {
  if (place === undefined) throw new Error('not yet');
  const { createStatusClient } = await import('../app/status-client.ts');
  const client = createStatusClient(place);
  try {
    return await work(remoteSource(client));
  } finally {
    client.close();
  }
}
