import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { GithubAppPlace } from '../../core/credential-spec.ts';
import { errnoOf, LynceusError } from '../../errors.ts';
import { readNamedFile } from '../read-named-file.ts';
import {
  describesApp,
  ENVIRONMENT_VARIABLES,
  githubAppOf,
  githubAppTexts,
  SECRET_FIELDS,
  type GithubApp,
} from './github-app.ts';

export interface AppSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws when there is no such Secret. */
  readonly readFields: (secret: {
    readonly namespace: string;
    readonly name: string;
  }) => Promise<Readonly<Record<string, string>>>;
}

/** The App that is written down at a place. Throws `credentials-missing`, `credentials-failed`. */
export async function githubAppAt(
  place: GithubAppPlace,
  { env, readFields }: AppSources,
): Promise<GithubApp> {
  switch (place.kind) {
    case 'env': {
      const app = await githubAppOfEnvironment(env);
      if (app !== undefined) return app;
      throw new LynceusError('credentials-missing', 'the environment describes no GitHub App', {
        hint: `set ${ENVIRONMENT_VARIABLES.appId} and ${ENVIRONMENT_VARIABLES.privateKey}`,
      });
    }
    case 'folder':
      return ofFields(await readFolder(place.path), `the folder ${place.path}`);
    case 'secret':
      return ofFields(await readFields(place), `the Secret ${place.namespace}/${place.name}`);
  }
}

/** Names the file with the private key, where it is not in a variable itself. */
const KEY_FILE_VARIABLE = 'GITHUB_APP_PRIVATE_KEY_FILE';

/** The App that the environment describes; `undefined` when it describes none. Throws as `githubAppOf` does. */
export async function githubAppOfEnvironment(
  env: Readonly<Record<string, string | undefined>>,
): Promise<GithubApp | undefined> {
  const texts = githubAppTexts(env, ENVIRONMENT_VARIABLES);
  const file = env[KEY_FILE_VARIABLE]?.trim() ?? '';
  if (!describesApp(texts) && file === '') return undefined;
  const privateKey = texts.privateKey ?? (file === '' ? undefined : await readKey(file));
  return githubAppOf({ ...texts, privateKey }, { names: ENVIRONMENT_VARIABLES, where: 'the environment' });
}

function readKey(path: string): Promise<string> {
  const message = `the private key that ${KEY_FILE_VARIABLE} names cannot be read: ${path}`;
  return readNamedFile(path, { message });
}

function ofFields(fields: Readonly<Record<string, string>>, where: string): GithubApp {
  return githubAppOf(githubAppTexts(fields, SECRET_FIELDS), { names: SECRET_FIELDS, where });
}

/** A Secret that is mounted as a volume: a file for each field. */
async function readFolder(path: string): Promise<Readonly<Record<string, string>>> {
  try {
    const there = new Set(await readdir(path));
    const names = Object.values(SECRET_FIELDS).filter((name) => there.has(name));
    return Object.fromEntries(
      await Promise.all(names.map(async (name) => [name, await readFile(join(path, name), 'utf8')] as const)),
    );
  } catch (error) {
    const message = `the GitHub App in ${path} cannot be read (${errnoOf(error) ?? 'unreadable'})`;
    throw new LynceusError('credentials-missing', message, {
      hint: `expected a folder with the files ${Object.values(SECRET_FIELDS).join(', ')}`,
    });
  }
}
