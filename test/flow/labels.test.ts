import { afterAll, beforeAll, expect, test } from 'vitest';
import { startDockerRegistry, type DockerRegistry } from '../helpers/docker-registry.ts';
import { aConfig, aRegistryConfig, createFlowWorld } from '../helpers/flow-world.ts';
import { createGitRoot, createRemote, logOf } from '../helpers/git-world.ts';
import { pushImage } from '../helpers/push-image.ts';

let registry: DockerRegistry;
beforeAll(async () => {
  registry = await startDockerRegistry();
  const platforms = ['linux/amd64', 'linux/arm64'];
  for (const tag of ['1.0.0', '1.1.0', '1.2.0'])
    await pushImage(registry.url, 'acme/api', tag, { labels: { team: `blue ${tag}` }, platforms });
  await pushImage(registry.url, 'acme/web', '1.0.0', { labels: { team: 'red' } });
});
afterAll(() => registry.stop());

const TEAMS = 'update{{ range .AppChanges }} {{ .Alias }}={{ .Labels.team }}{{ end }}';

/** One cycle of an Application with an image to write and one that is up to date. */
async function cycle(messageTemplate: string) {
  const world = createFlowWorld();
  const { root, remove } = createGitRoot();
  try {
    const text = ['api', 'web'].map((name) => `- name: r.test/acme/${name}\n  newTag: 1.0.0\n`).join('');
    const remote = createRemote(root, 'deploy.git', { 'kustomization.yaml': `images:\n${text}` });
    const annotations = {
      'write-back-method': 'git',
      'write-back-target': 'kustomization',
      'image-list': 'api=r.test/acme/api:1.x, web=r.test/acme/web:1.x',
    };
    world.addApplication({ name: 'shop', repoURL: remote, path: '.', annotations });
    const { git } = aConfig(world.folder);
    const report = await world.run({
      registries: [aRegistryConfig(registry.url, 'r.test')],
      git: { ...git, messageTemplate },
    });
    return { requests: report.costs.registryRequests, message: logOf(remote, 'main')[0]?.message ?? '' };
  } finally {
    world.remove();
    remove();
  }
}

test('labels are in the message with every strategy, and are read for what is written alone', async () => {
  const plain = await cycle('update');
  const { message, requests } = await cycle(TEAMS);
  expect(message.split('\n')[0]).toBe('update api=blue 1.2.0');
  // The index, its manifest for one platform, and the configuration of that.
  expect(requests - plain.requests).toBeLessThanOrEqual(3);
  expect(requests).toBeGreaterThan(plain.requests);
});
