import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ProgramEnvironment } from '../processes/run-program.ts';
import { claimDemoFolder, type DemoFolder } from './folder.ts';
import { createDemoClock, type DemoClock } from './clock.ts';
import {
  applicationFiles,
  BRANCH,
  BROKEN_VERSION,
  configurationFile,
  registriesFile,
  REMOTE_FILES,
  STAGING_VALUES,
} from './files.ts';
import { commitsSince, createGit, headOf, type DemoCommit, type Git } from './git.ts';
import { startDemoService, type DemoService } from './service.ts';
import type { Clock } from '../ports/clock.ts';
import { createPerson, type Person } from './person.ts';
import { writeDemoFiles } from './write-demo-files.ts';
import { startDemoRegistry, type DemoRegistry } from './registry.ts';
import { TIME_OF_ROUNDS } from './rounds.ts';

/** Everything that Lynceus deals with in the demo: a registry, a Git remote, a person, Applications. */
export interface DemoWorld {
  readonly directory: string;
  readonly remote: string;
  readonly applications: string;
  readonly configFile: string;
  readonly registry: DemoRegistry;
  readonly clock: DemoClock;
  readonly person: Person;
  /** Newest commit of the remote's branch. */
  readonly head: () => Promise<string>;
  /** Commits that came after `commit`, the oldest first. */
  readonly commitsSince: (commit: string) => Promise<readonly DemoCommit[]>;
  readonly close: (options: { readonly keep: boolean }) => Promise<void>;
}

export async function createWorld(options: {
  readonly directory: string | undefined;
  readonly env: ProgramEnvironment;
  readonly clock: Clock;
  readonly pagePort?: number | undefined;
}): Promise<DemoWorld> {
  await createGit(tmpdir(), options.env)('--version');
  const folder = await claimDemoFolder(options.directory);
  const servers: { readonly close: () => Promise<void> }[] = [];
  const close = async (): Promise<void> => {
    await Promise.all(servers.map((server) => server.close()));
  };
  try {
    const registry = await startDemoRegistry();
    servers.push(registry);
    const remote = join(folder.directory, 'remote.git');
    const { env } = options;
    await createGit(folder.directory, env)('init', '--quiet', '--bare', `--initial-branch=${BRANCH}`, remote);
    const git = createGit(remote, env);
    const service = await startDemoService(git, { file: STAGING_VALUES, broken: BROKEN_VERSION });
    servers.push(service);
    return await buildWorld({ folder, remote, git, registry, service, close }, options);
  } catch (thrown) {
    await close();
    await folder.release();
    throw thrown;
  }
}

interface WorldParts {
  readonly folder: DemoFolder;
  readonly remote: string;
  readonly git: Git;
  readonly registry: DemoRegistry;
  readonly service: DemoService;
  readonly close: () => Promise<void>;
}

async function buildWorld(
  { folder, remote, git, registry, service, close }: WorldParts,
  { env, clock, pagePort }: Omit<Parameters<typeof createWorld>[0], 'directory'>,
): Promise<DemoWorld> {
  const at = (name: string): string => join(folder.directory, name);
  const clone = at('person');
  await writeDemoFiles(clone, REMOTE_FILES);
  await writeDemoFiles(at('applications'), applicationFiles(remote));
  await writeDemoFiles(folder.directory, {
    'registries.conf': registriesFile(registry.url),
    'lynceus.yaml': configurationFile({
      directory: folder.directory,
      service: service.url,
      pagePort,
    }),
  });
  const demoClock = createDemoClock(clock, TIME_OF_ROUNDS);
  const person = await createPerson({ clone, remote }, env, demoClock);
  return {
    directory: folder.directory,
    remote,
    applications: at('applications'),
    configFile: at('lynceus.yaml'),
    registry,
    clock: demoClock,
    person,
    head: () => headOf(git),
    commitsSince: (commit) => commitsSince(git, commit),
    close: async ({ keep }) => {
      await close();
      // Lynceus's clones are of no use to a person who keeps the folder.
      await rm(at('cache'), { recursive: true, force: true });
      if (!keep) await folder.release();
    },
  };
}
