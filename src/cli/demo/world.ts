import { mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ProgramEnvironment } from '../../processes/run-program.ts';
import { claimDirectory, type Place } from './directory.ts';
import { applicationFiles, BRANCH, configurationFile, registriesFile, REMOTE_FILES } from './files.ts';
import { createGit } from './git.ts';
import { commitsSince, headOf, type WorldCommit } from './history.ts';
import { createPerson, type Person } from './person.ts';
import { startDemoRegistry, type DemoRegistry } from './registry.ts';

/** Everything that Lynceus deals with in the demo: a registry, a Git remote, a person, Applications. */
export interface DemoWorld {
  readonly directory: string;
  readonly remote: string;
  readonly applications: string;
  readonly configFile: string;
  readonly registry: DemoRegistry;
  readonly person: Person;
  /** Newest commit of the remote's branch. */
  readonly head: () => Promise<string>;
  /** Commits that came after `commit`, the oldest first. */
  readonly commitsSince: (commit: string) => Promise<readonly WorldCommit[]>;
  readonly close: (options: { readonly keep: boolean }) => Promise<void>;
}

export async function createWorld(options: {
  readonly directory: string | undefined;
  readonly env: ProgramEnvironment;
}): Promise<DemoWorld> {
  await createGit(tmpdir(), options.env)('--version');
  const place = await claimDirectory(options.directory);
  let registry: DemoRegistry | undefined;
  try {
    registry = await startDemoRegistry();
    return await furnish(place, registry, options.env);
  } catch (thrown) {
    await registry?.close();
    await place.release();
    throw thrown;
  }
}

async function furnish(place: Place, registry: DemoRegistry, env: ProgramEnvironment): Promise<DemoWorld> {
  const at = (name: string): string => join(place.directory, name);
  const remote = at('remote.git');
  const clone = at('person');
  await writeFiles(clone, REMOTE_FILES);
  await writeFiles(at('applications'), applicationFiles(remote));
  await writeFiles(place.directory, {
    'registries.conf': registriesFile(registry.url),
    'lynceus.yaml': configurationFile(place.directory),
  });
  await createGit(place.directory, env)('init', '--quiet', '--bare', `--initial-branch=${BRANCH}`, remote);
  const person = await createPerson({ clone, remote }, env);
  const git = createGit(remote, env);
  return {
    directory: place.directory,
    remote,
    applications: at('applications'),
    configFile: at('lynceus.yaml'),
    registry,
    person,
    head: () => headOf(git),
    commitsSince: (commit) => commitsSince(git, commit),
    close: async ({ keep }) => {
      await registry.close();
      // Clones are of no use to anybody who looks at what is left.
      await rm(at('cache'), { recursive: true, force: true });
      if (!keep) await place.release();
    },
  };
}

async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, text);
  }
}
