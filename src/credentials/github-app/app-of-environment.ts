import { LynceusError } from '../../errors.ts';
import { readNamedFile } from '../read-named-file.ts';
import {
  describesApp,
  ENVIRONMENT_VARIABLES,
  githubAppOf,
  githubAppTexts,
  type GithubApp,
} from './github-app.ts';

/** Names the file with the private key, where it is not in a variable itself. */
export const KEY_FILE_VARIABLE = 'GITHUB_APP_PRIVATE_KEY_FILE';

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
  const what = `the private key that ${KEY_FILE_VARIABLE} names cannot be read: ${path}`;
  return readNamedFile(path, (reason) => new LynceusError('credentials-failed', `${what} (${reason})`));
}
