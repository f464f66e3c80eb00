import { describe, expect, test } from 'vitest';
import { createFenceNotice } from '../../src/app/fence-notice.ts';
import { parseGitRemote } from '../../src/core/git/remote.ts';
import type { Fence } from '../../src/core/permissions/fence.ts';
import { openLogins } from '../../src/credentials/environment-bound.ts';
import { createLog } from '../../src/reporters/log.ts';

const PASSWORD = { GIT_PASSWORD: 's3cret' };
const HTTPS = 'https://git.example/acme';
const SSH = 'git@git.example:acme';

describe('the login of the environment', () => {
  // prettier-ignore
  test.each<[env: Readonly<Record<string, string>>, loginFor: readonly string[], enforced: boolean, named: string | undefined]>([
    [PASSWORD, [], true, 'GIT_PASSWORD'],
    [PASSWORD, [SSH], true, 'GIT_PASSWORD'],
    [PASSWORD, [HTTPS], true, undefined],
    [PASSWORD, [], false, undefined],
    [{ GIT_PASSWORD: '' }, [], true, undefined],
    [{ GITHUB_APP_ID: '1', GIT_SSH_PRIVATE_KEY_FILE: '/key' }, [], true, 'GITHUB_APP_ID, GIT_SSH_PRIVATE_KEY_FILE'],
    [{ GITHUB_APP_ID: '1', GIT_SSH_PRIVATE_KEY_FILE: '/key' }, [HTTPS], true, 'GIT_SSH_PRIVATE_KEY_FILE'],
  ])('%j for %j is told of once, enforced %s: %s', (env, loginFor, enforced, named) => {
    const lines: string[] = [];
    const log = createLog({ level: 'info', format: 'json', destination: (line) => void lines.push(line) });
    const fence: Fence = { rules: [], enforced, projects: { kind: 'none' }, argocdNamespace: 'argocd' };
    const notice = createFenceNotice(openLogins(env, loginFor.map(parseGitRemote)));

    notice(fence, log);
    notice(fence, log);

    const told = lines.filter((line) => line.includes('goes to the source of every Application'));
    expect(told).toHaveLength(named === undefined ? 0 : 1);
    expect(lines.join()).toContain(named === undefined ? '' : `the login in ${named} goes`);
    expect(lines.join()).not.toContain('s3cret');
  });
});
