import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { asLynceusError } from '../../src/errors.ts';
import { SENDERS } from '../../src/triggers/webhooks/senders/index.ts';
import { readingAsText } from '../contract/webhook-samples.ts';

const page = readFileSync(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
const [, part = ''] = /^## Senders\n(.*?)(?=^## |$(?![\s\S]))/ms.exec(page) ?? [];
const SECRET = 'c2VjcmV0-of.the_hook';

/** The shell of each paragraph that sends a webhook. */
const EXAMPLES = part.split(/^### /m).flatMap((paragraph) => {
  const [title = ''] = paragraph.split('\n');
  const blocks = [...paragraph.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, shell = '']) => shell);
  return blocks.filter((shell) => shell.includes('curl ')).map((shell) => ({ title, shell }));
});

/** Answers as the webhook server does: 401 without a proof, 400 for what cannot be read. */
const server = createServer((request, response) => {
  void answer(request).then(({ status, text }) => response.writeHead(status).end(text));
});
let origin = '';

beforeAll(async () => {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => server.close());

async function answer(request: IncomingMessage): Promise<{ readonly status: number; readonly text: string }> {
  const query = new URL(request.url ?? '', origin).searchParams;
  const body = Buffer.concat(await request.toArray());
  const headers = request.headers as Record<string, string>;
  const sender = SENDERS.find(({ type }) => type === query.get('type'));
  if (sender === undefined) return { status: 404, text: 'no such type' };
  if (!(await sender.verify({ headers, query, body }, SECRET))) return { status: 401, text: 'not proven' };
  try {
    return { status: 200, text: [readingAsText(sender.parse({ headers, query, body }))].flat().join('\n') };
  } catch (error) {
    return { status: 400, text: asLynceusError(error).line };
  }
}

describe('docs/webhooks.md, Senders', () => {
  test('has a row for each, in the order of the table', () => {
    const rows = [...part.matchAll(/^\| `([^`]+)` \|/gm)].map(([, type]) => type);
    expect(rows).toEqual(SENDERS.map(({ type }) => type));
  });

  test('leads from each row to a paragraph', () => {
    const titles = [...part.matchAll(/^### (.*)$/gm)].map(([, title = '']) =>
      title.toLowerCase().replaceAll(' ', '-'),
    );
    const links = [...part.matchAll(/\]\(#([^)]+)\)/g)].map(([, link]) => link);
    expect(links.filter((link) => !titles.includes(link ?? ''))).toEqual([]);
    expect(titles.filter((title) => !links.includes(title))).toEqual([]);
  });

  test('has an example for each that can be tried with curl', () => {
    const types = EXAMPLES.map(({ shell }) => /[?&]type=([\w.-]+)/.exec(shell)?.[1]);
    // These have a command of their own there, or the example of a kin.
    const others = ['acr', 'google', 'ghcr.io'];
    expect(new Set([...types, ...others])).toEqual(new Set(SENDERS.map(({ type }) => type)));
  });

  test.each(EXAMPLES)(
    '$title: what the example sends is an event, and nothing without the secret',
    async ({ shell }) => {
      expect(await run(shell, SECRET)).toMatch(/^(?:200 [\w.:-]+\/[^\n]*(?:api|deploy)\S*\n?)/);
      expect(await run(shell, 'another')).toBe('401 not proven');
    },
  );
});

/** What curl prints: the status and the answer. */
async function run(shell: string, secret: string): Promise<string> {
  const local = shell
    .replaceAll('https://updates.example', origin)
    .replaceAll('curl ', "curl -s -w '%{http_code}' ");
  const child = spawn('sh', ['-euc', local], {
    env: { PATH: process.env['PATH'] ?? '', SECRET: secret, NO_PROXY: '*' },
  });
  const [out, faults] = await Promise.all([child.stdout.toArray(), child.stderr.toArray()]);
  expect(Buffer.concat(faults as Buffer[]).toString()).toBe('');
  const text = Buffer.concat(out as Buffer[]).toString();
  return `${text.slice(-3)} ${text.slice(0, -3)}`;
}
