import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { load } from '../config/given.ts';
import { createPrivateCa } from '../helpers/certificates.ts';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aRegistryConfig, createFlowWorld, REAL_CLOCK } from '../helpers/flow-world.ts';
import { startGitHttpServer, type GitHttpServer } from '../helpers/git-servers.ts';
import { createGitRoot, createRemote, headOf } from '../helpers/git-world.ts';
import { HOSTS } from '../helpers/pull-request-stand-in/hosts.ts';
import { createProject } from '../helpers/pull-request-stand-in/project.ts';
import { startHostStandIn, type HostStandIn } from '../helpers/pull-request-stand-in/server.ts';
import { pushImage } from '../helpers/push-image.ts';
import { removeFolder } from '../helpers/remove-folder.ts';
import { openMail, startSmtpInbox, type SmtpInbox } from '../helpers/smtp-inbox.ts';

const PASSWORD = 'a-Secret+of/host=3';
const ENV = {
  GIT_USERNAME: 'x-access-token',
  GIT_PASSWORD: PASSWORD,
  MAIL_USER: 'lynceus',
  MAIL_PASSWORD: 'mail pass',
};
const KINDS = ['github', 'gitlab'] as const;
const PATIENCE = { timeout: 60_000, interval: 50 };
const NEVER = new AbortController().signal;

const { root, remove } = createGitRoot();
const folder = mkdtempSync(join(tmpdir(), 'lynceus-commits-'));
let registry: DockerRegistry;
let http: GitHttpServer;
let inbox: SmtpInbox;
let hosts: Readonly<Record<(typeof KINDS)[number], HostStandIn>>;

beforeAll(async () => {
  createPrivateCa(folder);
  const file = (name: string): string => readFileSync(join(folder, name), 'utf8');
  registry = await startDockerRegistry();
  for (const tag of ['1.0.0', '1.1.0']) await pushImage(registry.url, 'acme/api', tag);
  http = await startGitHttpServer({ root, login: { username: 'x-access-token', password: PASSWORD } });
  inbox = await startSmtpInbox({
    login: { username: ENV.MAIL_USER, password: ENV.MAIL_PASSWORD },
    server: { key: file('server.key'), cert: file('server.pem') },
  });
  hosts = { github: await hostOf('github'), gitlab: await hostOf('gitlab') };
});

afterAll(async () => {
  await Promise.all([registry.stop(), http.stop(), inbox.stop(), ...KINDS.map((kind) => hosts[kind].stop())]);
  remove();
  removeFolder(folder);
});

/** The API of a host, which knows the commits that were pushed to Git. */
async function hostOf(kind: (typeof KINDS)[number]): Promise<HostStandIn> {
  const remote = createRemote(root, `${kind}/shop.git`, { 'kustomization.yaml': kustomization('1.0.0') });
  const project = createProject({ path: `${kind}/shop`, hasCommit: (sha) => sha === headOf(remote, 'main') });
  return await startHostStandIn(HOSTS[kind].routes, { project, token: PASSWORD });
}

function serviceOf(kind: (typeof KINDS)[number]): object {
  return { url: `${http.url}/${kind}`, apiUrl: `${hosts[kind].url}${HOSTS[kind].api}` };
}

function kustomization(tag: string): string {
  return `images:\n- name: r.test/acme/api\n  newTag: ${tag}\n`;
}

test('a commit has its status and its deployment once it is pushed, and people a mail of it', async () => {
  const world = createFlowWorld(REAL_CLOCK);
  const elsewhere = createRemote(root, 'other/cart.git', { 'kustomization.yaml': kustomization('1.0.0') });
  for (const path of ['github/shop', 'gitlab/shop', 'other/cart'])
    world.addApplication({
      name: path.replace('/', '-'),
      repoURL: `${http.url}/${path}.git`,
      path: '.',
      annotations: {
        'write-back-method': 'git',
        'write-back-target': 'kustomization',
        'image-list': 'app=r.test/acme/api:1.x',
      },
    });
  const { notifications, pullRequests } = load({
    fileText: JSON.stringify({
      // The service without a token of its own takes this one.
      pullRequests: [{ url: `${http.url}/github`, enabled: false, tokenFrom: 'env:GIT_PASSWORD' }],
      notifications: {
        services: [
          { name: 'github', github: serviceOf('github') },
          { name: 'gitlab', gitlab: { ...serviceOf('gitlab'), tokenFrom: 'env:GIT_PASSWORD' } },
          {
            name: 'mail',
            email: {
              host: '127.0.0.1',
              port: inbox.port,
              from: 'updates@acme.example',
              to: ['team@acme.example'],
              usernameFrom: 'env:MAIL_USER',
              passwordFrom: 'env:MAIL_PASSWORD',
              caFile: join(folder, 'authority.pem'),
            },
          },
        ],
        routes: [{ to: ['github', 'gitlab', 'mail'] }],
      },
    }),
  });
  const lynceus = world.compose(
    { registries: [aRegistryConfig(registry.url, 'r.test')], notifications, pullRequests },
    ENV,
  );
  try {
    await lynceus.runCycle({ dryRun: false }, NEVER);
    await vi.waitFor(() => expect(inbox.mails).toHaveLength(3), PATIENCE);
    await vi.waitFor(
      () => expect(KINDS.flatMap((kind) => hosts[kind].project.deployments)).toHaveLength(2),
      PATIENCE,
    );

    for (const kind of KINDS) {
      const { statuses, deployments } = hosts[kind].project;
      const sha = headOf(join(root, `${kind}/shop.git`), 'main');
      expect(statuses).toMatchObject([{ sha, context: `lynceus/argocd/${kind}-shop`, state: 'success' }]);
      expect(deployments).toMatchObject([{ sha, environment: `${kind}-shop`, states: ['success'] }]);
      expect(hosts[kind].calls().join()).not.toContain('cart');
    }
    const subjects = new Set(inbox.mails.map((mail) => openMail(mail).headers['subject']));
    expect(subjects).toEqual(
      new Set(['github-shop', 'gitlab-shop', 'other-cart'].map((name) => `argocd/${name} was updated`)),
    );
    expect(inbox.mails.map((mail) => openMail(mail).parts['text/plain']).join()).toContain(
      headOf(elsewhere, 'main')?.slice(0, 7),
    );
    expect(world.logged.join('\n')).not.toContain(PASSWORD);

    await lynceus.runCycle({ dryRun: false }, NEVER);
    await lynceus.close();

    expect(inbox.mails).toHaveLength(3);
    expect(hosts.github.project.statuses).toHaveLength(1);
  } finally {
    await lynceus.close();
    world.remove();
  }
});
