import { readdirSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LynceusError } from '../../src/errors.ts';
import type { WebhookReading, WebhookSender } from '../../src/triggers/webhooks/sender.ts';
import { SENDERS } from '../../src/triggers/webhooks/senders/index.ts';
import { caught, orRefused } from '../helpers/thrown.ts';
import {
  eventHeaders,
  hmac,
  payloadOf,
  PROOFS,
  readingAsText,
  SAMPLES,
  webhookRequest,
  type ProofRow,
} from './webhook-samples.ts';

const SECRET = 'S3cret-of the-hook/+&=:';

function senderOf(type: string): WebhookSender {
  return SENDERS.find((row) => row.type === type) ?? expect.unreachable(`there is no sender ${type}`);
}

describe('the table of senders', () => {
  test('has the names that Argo CD Image Updater gives its own', () => {
    expect(SENDERS.map(({ type }) => type).slice(0, 7)).toEqual([
      'docker.io',
      'ghcr.io',
      'quay.io',
      'harbor',
      'aliyun-acr',
      'acr',
      'cloudevents',
    ]);
  });

  test('names each once, and each has samples and a proof', () => {
    const types = SENDERS.map(({ type }) => type);
    expect(new Set(types).size).toBe(types.length);
    expect([...new Set(SAMPLES.map(({ type }) => type))].toSorted()).toEqual(types.toSorted());
    // The token of Google has tests of its own: google.test.ts.
    expect([...new Set(PROOFS.map(({ type }) => type)), 'google'].toSorted()).toEqual(types.toSorted());
  });

  test('every payload that is kept is read', () => {
    const folder = new URL('../fixtures/webhooks/', import.meta.url);
    const files = readdirSync(folder, { recursive: true, encoding: 'utf8' });
    const kept = files.filter((name) => name.endsWith('.json')).map((name) => name.replace('.json', ''));
    const used = new Set(SAMPLES.map(({ payload }) => payload));
    expect(kept.filter((name) => !used.has(name))).toEqual([]);
  });
});

describe('what payloads say', () => {
  test.each(SAMPLES.map((row) => ({ ...row, query: row.query ?? '' })))(
    '$type: $payload $query',
    ({ type, payload, headers = {}, query, reads }) => {
      const text = readingAsText(
        senderOf(type).parse(webhookRequest(payloadOf(payload), { headers, query })),
      );
      if (reads instanceof RegExp) expect(text).toMatch(reads);
      else expect(text).toEqual(reads);
    },
  );

  test.each(['github', 'ghcr.io', 'gitea'])('%s: a form that holds the payload', (type) => {
    const [sample] = SAMPLES.filter((row) => row.type === type && Array.isArray(row.reads));
    const body = new URLSearchParams({ payload: payloadOf(sample?.payload ?? '').toString() }).toString();
    const headers = { ...sample?.headers, 'content-type': 'application/x-www-form-urlencoded' };
    expect(readingAsText(senderOf(type).parse(webhookRequest(body, { headers })))).toEqual(sample?.reads);
  });
});

/** A body of this sender, whatever it says: a proof is looked at first. */
function bodyFor(type: string): Buffer {
  return payloadOf(SAMPLES.find((row) => row.type === type)?.payload ?? '');
}

function passes({ type, prove }: ProofRow, { body = bodyFor(type), secret = SECRET, known = SECRET } = {}) {
  const { headers = {}, query = '' } = prove(body, known);
  const received = Object.entries(headers).map(([name, text]) => [name, asReceived(text)]);
  return senderOf(type).verify(
    webhookRequest(bodyFor(type), { headers: Object.fromEntries(received), query }),
    secret,
  );
}

/** A header of UTF-8 as node:http hands it over. */
function asReceived(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

describe('proofs', () => {
  describe.each(PROOFS)('$type by $way', (row) => {
    test('the right secret passes', async () => {
      expect(await passes(row)).toBe(true);
    });

    test.each([
      ['another', 'another'],
      ['a shorter', SECRET.slice(0, -1)],
      ['a longer', `${SECRET}x`],
      ['the same in another case', SECRET.toLowerCase()],
      ['the same with a space', SECRET.replace('-', '- ')],
      ['an empty', ''],
    ])('%s secret does not', async (_, known) => {
      expect(await passes(row, { known })).toBe(false);
    });

    test('a secret with other letters than those of English passes', async () => {
      expect(await passes(row, { secret: 'Schlüssel-鍵', known: 'Schlüssel-鍵' })).toBe(true);
      expect(await passes(row, { secret: 'Schlüssel-鍵', known: 'Schlussel-鍵' })).toBe(false);
    });

    test('an empty secret is known to nobody', async () => {
      expect(await passes(row, { secret: '', known: '' })).toBe(false);
      expect(await senderOf(row.type).verify(webhookRequest(bodyFor(row.type)), '')).toBe(false);
    });

    test('nothing at all does not pass', async () => {
      expect(await senderOf(row.type).verify(webhookRequest(bodyFor(row.type)), SECRET)).toBe(false);
    });
  });

  test.each(PROOFS.filter(({ signs }) => signs))(
    '$type by $way: the signature of another body',
    async (row) => {
      expect(await passes(row)).toBe(true);
      expect(await passes(row, { body: Buffer.concat([bodyFor(row.type), Buffer.from(' ')]) })).toBe(false);
    },
  );

  test.each(['ghcr.io', 'github', 'bitbucket', 'gitea'])(
    '%s: the secret as it is, where a signature belongs',
    async (type) => {
      const headers = Object.fromEntries(
        ['x-hub-signature-256', 'x-hub-signature', 'x-gitea-signature', 'authorization'].map((name) => [
          name,
          SECRET,
        ]),
      );
      expect(
        await senderOf(type).verify(
          webhookRequest(bodyFor(type), { headers, query: `secret=${SECRET}` }),
          SECRET,
        ),
      ).toBe(false);
    },
  );

  test.each([
    ['github', 'x-hub-signature-256'],
    ['bitbucket', 'x-hub-signature'],
  ])('%s: a signature after the name of another algorithm, or after none', async (type, header) => {
    const signature = hmac(bodyFor(type), SECRET);
    for (const text of [signature, `sha512=${signature}`, `sha1=${signature}`, `sha256=sha256=${signature}`])
      expect(
        await senderOf(type).verify(webhookRequest(bodyFor(type), { headers: { [header]: text } }), SECRET),
      ).toBe(false);
    const headers = { [header]: `sha256=${signature}` };
    expect(await senderOf(type).verify(webhookRequest(bodyFor(type), { headers }), SECRET)).toBe(true);
  });

  test('gitlab: a signing token is a key in Base64', async () => {
    const row = PROOFS.find(({ way }) => way === 'webhook-signature') ?? expect.unreachable();
    const token = `whsec_${Buffer.from('a key of thirty-two bytes, as it').toString('base64')}`;
    expect(await passes(row, { secret: token, known: token })).toBe(true);
    expect(await passes(row, { secret: 'whsec_', known: 'whsec_' })).toBe(false);
  });
});

describe('bodies that no sender sends', () => {
  const deep = `${'['.repeat(5_000)}${']'.repeat(5_000)}`;
  const BODIES = [
    ['nothing', ''],
    ['text', 'not JSON'],
    ['half of an object', '{"repository": {'],
    ['null', 'null'],
    ['a number', '17'],
    ['a list', '[]'],
    ['an empty object', '{}'],
    ['deep lists', deep],
    ['deep lists within', `{"repository": ${deep}, "events": ${deep}, "data": ${deep}}`],
    [
      'a prototype',
      '{"__proto__": {"repository": {"repo_name": "acme/api"}, "events": []}, "constructor": 1}',
    ],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x7b])],
    ['a megabyte of text', JSON.stringify('x'.repeat(1_000_000))],
    ['a long name', JSON.stringify({ repository: { repo_name: 'x'.repeat(100_000) } })],
  ] as const;

  describe.each(SENDERS.map(({ type }) => type))('%s', (type) => {
    test.each(BODIES)('%s', (_, body) => {
      for (const headers of eventHeaders(type)) {
        const error = caught(() => senderOf(type).parse(webhookRequest(body, { headers })));
        expect(error.code).toBe('webhook-unreadable');
        expect(error.line).toMatch(/^expected .*, found /);
        expect(error.line.length).toBeLessThan(400);
      }
    });
  });
});

/** Every value of a payload, one after the other, made into each of these. */
const HOSTILE: readonly unknown[] = [
  null,
  17,
  [],
  {},
  '',
  'x'.repeat(5_000),
  'acme/api\n{"level":"error"}',
  '../../etc/passwd',
  'https://user:hunter2@evil.example/x',
  '$(id)`id`',
  '__proto__',
  '‮evil',
];

describe('samples with one wrong value', () => {
  const USED = SAMPLES.filter(
    ({ reads, query = '' }) => Array.isArray(reads) && !query.startsWith('registry_url=registry'),
  );

  test.each(USED.map((row) => ({ ...row, query: row.query ?? '' })))('$type: $payload $query', (sample) => {
    const { type, payload, headers = {}, query } = sample;
    const text = payloadOf(payload).toString();
    const whole: unknown = JSON.parse(text);
    const found: unknown[] = [];
    for (const path of pathsIn(whole)) {
      for (const value of HOSTILE) {
        const body = JSON.stringify(replaced(whole, path, value));
        const read = orRefused(() => senderOf(type).parse(webhookRequest(body, { headers, query })));
        const fault = faultOf(read);
        if (fault !== undefined) found.push({ path: path.join('.'), fault });
      }
    }
    expect(found).toEqual([]);
  });

  /** What is wrong with a reading of a hostile payload, or with the error. */
  function faultOf(read: WebhookReading | LynceusError): string | undefined {
    if (read instanceof LynceusError) {
      const isPlain = !/[\p{Cc}\u202e]|hunter2/u.test(read.line) && read.line.length < 400;
      return read.code === 'webhook-unreadable' && isPlain ? undefined : `${read.code}: ${read.line}`;
    }
    const said = [readingAsText(read)].flat().join(' ');
    return /\p{Cc}|hunter2|passwd/u.test(said) || said.length > 2_000 ? said : undefined;
  }

  function pathsIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
    if (typeof value !== 'object' || value === null) return [path];
    return [path, ...Object.entries(value).flatMap(([key, inner]) => pathsIn(inner, [...path, key]))];
  }

  function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
    if (key === undefined) return by;
    const copy: Record<string, unknown> = Array.isArray(value)
      ? ([...value] as never)
      : { ...(value as object) };
    copy[key] = replaced(copy[key], rest, by);
    return copy;
  }
});

describe('whatever JSON comes', () => {
  test.each(SENDERS.map(({ type }) => type))('%s throws nothing but webhook-unreadable', (type) => {
    const keys = fc.constantFrom(
      'type',
      'action',
      'events',
      'data',
      'repository',
      'target',
      'ref',
      'Message',
      'message',
      'detail',
      '__proto__',
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.jsonValue(),
        fc.dictionary(keys, tie('value')),
        fc.array(tie('value'), { maxLength: 3 }),
      ),
    }));
    const headers = fc.constantFrom(...eventHeaders(type));
    fc.assert(
      fc.property(value, headers, (body, named) => {
        const read = orRefused(() =>
          senderOf(type).parse(webhookRequest(JSON.stringify(body), { headers: named })),
        );
        return !(read instanceof LynceusError) || read.code === 'webhook-unreadable';
      }),
      { numRuns: 40 },
    );
  });

  test.each(SENDERS.map(({ type }) => type))(
    '%s: whatever headers and bytes come, a proof is looked at without an error',
    async (type) => {
      const names = fc.constantFrom(
        'authorization',
        'x-hub-signature-256',
        'x-hub-signature',
        'x-gitea-signature',
        'x-gitlab-token',
        'webhook-signature',
        'x-webhook-secret',
      );
      await fc.assert(
        fc.asyncProperty(fc.dictionary(names, fc.string()), fc.uint8Array(), async (headers, body) => {
          return !(await senderOf(type).verify(webhookRequest(Buffer.from(body), { headers }), SECRET));
        }),
        { numRuns: 40 },
      );
    },
  );
});
