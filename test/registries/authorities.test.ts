import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { json } from '../helpers/registry-stand-in.ts';
import { errorOf } from '../helpers/thrown.ts';
import { aStandIn, askAt, aTlsStandIn } from './asking.ts';

const folder = mkdtempSync(join(tmpdir(), 'lynceus-authorities-'));
const NO_PEM = '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n';

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the certificates of a registry', () => {
  test.each([
    ['as text', (ca: string) => ({ endpoint: { caData: ca } })],
    ['as a file', (ca: string) => ({ endpoint: { caFile: aFile('ca.pem', ca) } })],
    ['as both', (ca: string) => ({ endpoint: { caFile: aFile('other.pem', '# a remark\n'), caData: ca } })],
    [
      'as a file under the host of the API',
      (ca: string, host: string) => ({ caFolder: folder, created: aFile(host, ca) }),
    ],
    [
      'as a file under its name alone',
      (ca: string, host: string) => ({ caFolder: folder, created: aFile(host.split(':')[0] ?? '', ca) }),
    ],
    [
      'in no way, when they are not looked at',
      () => ({ endpoint: { insecure: true, caFile: '/nowhere', caData: NO_PEM } }),
    ],
  ])('may be given %s', async (_how, optionsOf) => {
    const { server, ca } = await aTlsStandIn(() => json({ tags: ['1.0'] }));

    expect((await askAt(server.url, optionsOf(ca, server.host)).listTags()).tags).toEqual(['1.0']);
    for (const file of [server.host, '127.0.0.1']) rmSync(join(folder, file), { force: true });
  });

  test('that are not known are an error that says what to do', async () => {
    const { server } = await aTlsStandIn(() => json({ tags: [] }));

    const error = await errorOf(askAt(server.url, { caFolder: folder }).listTags());

    expect([error.code, error.retryable, error.hint]).toEqual([
      'registry-unreachable',
      false,
      expect.stringContaining('ca_file'),
    ]);
  });

  test('that cannot be read are an error of the configuration, until they are there', async () => {
    const { server, ca } = await aTlsStandIn(() => json({ tags: [] }));
    const caFile = join(folder, 'later.pem');
    const asking = askAt(server.url, { endpoint: { caFile } });

    const error = await errorOf(asking.listTags());
    expect([error.code, error.message]).toEqual([
      'config-invalid',
      `the ca_file of registry a test registry cannot be read: ${caFile} (ENOENT)`,
    ]);

    writeFileSync(caFile, ca);
    expect((await asking.listTags()).tags).toEqual([]);
  });

  test.each([NO_PEM, 'nonsense', ''])(
    'that are no PEM are an error of the configuration: %j',
    async (caData) => {
      const server = await aStandIn(() => json({ tags: [] }));

      const error = await errorOf(askAt(server.url, { endpoint: { caData } }).listTags());

      expect([error.code, error.message]).toEqual([
        'config-invalid',
        'the certificates of registry a test registry (ca_file, ca_data) are not PEM',
      ]);
    },
  );

  test('that are no PEM are told with their file', async () => {
    const server = await aStandIn(() => json({ tags: [] }));
    const caFile = aFile('junk.pem', NO_PEM);

    const error = await errorOf(askAt(server.url, { endpoint: { caFile } }).listTags());

    expect(error.message).toMatch(/are not PEM: \/.*\/junk\.pem$/);
  });
});

function aFile(name: string, content: string): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}
