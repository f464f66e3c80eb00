import fc from 'fast-check';
import got from 'got';
import { describe, expect, test } from 'vitest';
import { LynceusError } from '../../src/errors.ts';
import type { Log } from '../../src/ports/log.ts';
import { createLog, type LogOptions, wantsColor } from '../../src/reporters/log.ts';
import { createRedactor } from '../../src/reporters/redact.ts';

const NOW = Date.parse('2026-11-21T09:14:00.250Z');

function capture(options: Partial<LogOptions> = {}): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const log = createLog({
    level: 'trace',
    format: 'json',
    now: () => NOW,
    destination: (line) => lines.push(line),
    ...options,
  });
  return { log, lines };
}

/** The fields of the one JSON line that this logs. */
function jsonOf(say: (log: Log) => void, options: Partial<LogOptions> = {}): Record<string, unknown> {
  const { log, lines } = capture(options);
  say(log);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? '') as Record<string, unknown>;
}

function textOf(say: (log: Log) => void, options: Partial<LogOptions> = {}): string {
  const { log, lines } = capture({ format: 'text', ...options });
  say(log);
  expect(lines).toHaveLength(1);
  return lines[0] ?? '';
}

describe('the log as JSON', () => {
  test('has time, level and msg, and the fields beside them', () => {
    expect(
      jsonOf((log) =>
        log.info('image updated', { application: 'argocd/shop', images: 2, held: false, by: null }),
      ),
    ).toEqual({
      time: '2026-11-21T09:14:00.250Z',
      level: 'info',
      msg: 'image updated',
      application: 'argocd/shop',
      images: 2,
      held: false,
      by: null,
    });
  });

  test.each([
    ['trace', 'trace'],
    ['debug', 'debug'],
    ['info', 'info'],
    ['warn', 'warning'],
    ['error', 'error'],
  ] as const)('says of %s that it is %s', (level, word) => {
    expect(jsonOf((log) => log[level]('x'))['level']).toBe(word);
  });

  test('leaves out what is below its level', () => {
    for (const [level, count] of Object.entries({
      trace: 5,
      debug: 4,
      info: 3,
      warn: 2,
      error: 1,
      silent: 0,
    })) {
      const { log, lines } = capture({ level: level as LogOptions['level'] });
      for (const each of ['trace', 'debug', 'info', 'warn', 'error'] as const) log[each]('x');
      expect(lines).toHaveLength(count);
    }
  });

  test('puts the fields of with() on every line, the nearest winning', () => {
    const { log, lines } = capture();
    const inner = log.with({ cycle: 'c1', a: 1 }).with({ b: 2 });
    inner.info('x', { a: 3 });
    log.info('y');
    expect(lines.map((line) => JSON.parse(line) as unknown)).toMatchObject([
      { cycle: 'c1', a: 3, b: 2 },
      { msg: 'y' },
    ]);
    expect(lines[0]?.match(/"a":/g)).toHaveLength(1);
    expect(lines[1]).not.toContain('cycle');
  });

  test('does not let a field pass for a part of the line', () => {
    expect(jsonOf((log) => log.info('x', { msg: 'm', level: 'error', time: 0 }))).toEqual({
      time: '2026-11-21T09:14:00.250Z',
      level: 'info',
      msg: 'x',
      'fields.msg': 'm',
      'fields.level': 'error',
      'fields.time': 0,
    });
  });

  test('makes any value plain, and bounds it', () => {
    const circle: Record<string, unknown> = { name: 'circle' };
    circle['self'] = circle;
    const logged = jsonOf((log) =>
      log.info('x', {
        circle,
        url: new URL('https://me:pw@example.com/x'),
        date: new Date(0),
        map: new Map([['k', 1n]]),
        set: new Set([NaN, undefined]),
        bytes: Buffer.from('hunter22'),
        nothing: undefined,
        run: () => 0,
        deep: { a: { b: { c: { d: { e: { f: 1 } } } } } },
        many: Array(500).fill(0),
        long: 'x'.repeat(10_000),
        broken: Object.defineProperty({}, 'x', {
          enumerable: true,
          get: () => {
            throw new Error('no');
          },
        }),
      }),
    );
    expect(logged).toMatchObject({
      circle: { name: 'circle', self: '…' },
      url: 'https://example.com/x',
      date: '1970-01-01T00:00:00.000Z',
      map: { k: '1' },
      set: ['NaN', null],
      bytes: '8 bytes',
      deep: { a: { b: { c: { d: { e: '…' } } } } },
      broken: {},
    });
    expect(logged['many']).toHaveLength(100);
    expect(logged['long']).toBe(`${'x'.repeat(8_192)}… (10000 characters)`);
    expect(Object.keys(logged)).not.toContain('run');
  });
});

describe('an error in the log', () => {
  test('is its code, its message with the hint, and whether to try again', () => {
    const err = new LynceusError('registry-denied', 'ghcr.io refused', {
      hint: 'look at the login',
      cause: new Error('hunter22'),
    });
    expect(jsonOf((log) => log.error('x', { err }))['err']).toEqual({
      code: 'registry-denied',
      message: 'ghcr.io refused (look at the login)',
      retryable: false,
    });
  });

  test('that is a defect keeps its stack, and nothing else', () => {
    const logged = jsonOf((log) =>
      log.error('x', { err: Object.assign(new TypeError('oops'), { options: { password: 'p' } }) }),
    );
    expect(logged['err']).toEqual({
      code: 'internal',
      message: 'unexpected error: oops',
      retryable: false,
      stack: expect.stringContaining('log.test.ts') as string,
    });
  });

  test('of the HTTP client shows neither its options nor its headers', async () => {
    const caught: unknown = await got('http://127.0.0.1:1/x', {
      headers: { authorization: 'Bearer hunter22' },
      retry: { limit: 0 },
    }).then(
      () => undefined,
      (error: unknown) => error,
    );
    const line = JSON.stringify(jsonOf((log) => log.error('x', { err: caught, nested: { cause: caught } })));
    expect(line).toContain('ECONNREFUSED');
    expect(line).not.toMatch(/hunter22|authorization|options|headers/i);
  });
});

describe('the log as text', () => {
  test('is one line in the form of Argo CD Image Updater', () => {
    expect(
      textOf((log) =>
        log.warn('image failed', {
          application: 'argocd/shop',
          reason: 'no "such" tag',
          n: 1.5,
          none: undefined,
        }),
      ),
    ).toBe(
      String.raw`time="2026-11-21T09:14:00.250Z" level=warning msg="image failed" application=argocd/shop reason="no \"such\" tag" n=1.5` +
        '\n',
    );
  });

  test('flattens maps and keeps lists as JSON', () => {
    const line = textOf((log) =>
      log.info('x', { err: new LynceusError('aborted', 'a b'), list: ['a', 1], empty: '', 'odd key=': 1 }),
    );
    expect(line).toContain(
      String.raw`err.code=aborted err.message="a b" err.retryable=true list="[\"a\",1]" empty="" odd_key_=1`,
    );
  });

  test('cannot be broken out of, nor steer a terminal', () => {
    const line = textOf((log) =>
      log.info('a\nlevel=error\r\u001b[31m\u009b2J\u202e\u2028', { x: 'y\u0000\u007f' }),
    );
    // oxlint-disable-next-line no-control-regex -- exactly these must not be there
    expect(line.slice(0, -1)).not.toMatch(/[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
    expect(line).toContain(
      String.raw`msg="a\nlevel=error\r\u001b[31m\u009b2J\u202e\u2028" x="y\u0000\u007f"`,
    );
  });

  test('colours the level only when asked to', () => {
    expect(textOf((log) => log.error('x'), { color: true })).toContain(
      'level=\u001b[31merror\u001b[0m msg="x"',
    );
    expect(textOf((log) => log.error('x'))).not.toContain('\u001b');
    expect(jsonOf((log) => log.error('x'), { color: true })['level']).toBe('error');
  });

  test('can be read back, whatever is logged', () => {
    const { log, lines } = capture({
      format: 'text',
      redactor: { registerSecret() {}, redact: (text) => text },
    });
    const pattern = /msg=("(?:[^"\\]|\\.)*")(?: value=(?:("(?:[^"\\]|\\.)*")|(\S*)))?\n$/;
    fc.assert(
      fc.property(fc.string(), fc.string({ unit: 'binary' }), (message, value) => {
        log.info(message, { value });
        const [, msg = '', quoted, bare] = pattern.exec(lines.pop() ?? '') ?? [];
        expect(JSON.parse(msg)).toBe(message);
        expect(quoted === undefined ? bare : JSON.parse(quoted)).toBe(value);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('no secret gets into the log', () => {
  const SECRETS = ['hunter22', 'ghp_abcdefgh', 'line one of two\nline two of two!!'];

  function speak(log: Log, secret: string): void {
    const basic = Buffer.from(`user:${secret}`).toString('base64');
    log.info(`message ${secret}`, {
      plain: secret,
      inUrl: `https://u:${encodeURIComponent(secret)}@h/`,
      deep: [{ x: { y: secret } }],
    });
    log
      .with({ always: secret, [secret]: 1 })
      .warn('x', { header: `Basic ${basic}`, json: JSON.stringify({ secret }) });
    log.error('x', {
      err: new LynceusError('git-denied', `remote said ${secret}`, { hint: secret }),
      thrown: new Error(secret),
    });
    log.debug('x', {
      map: new Map([[secret, secret]]),
      set: new Set([secret]),
      url: new URL(`https://h/?q=${encodeURIComponent(secret)}`),
    });
  }

  test.each(['json', 'text'] as const)('as %s, in no spelling', (format) => {
    const redactor = createRedactor();
    const { log, lines } = capture({ format, redactor });
    const early = log.with({ token_of_old: 'hunter22' });
    for (const secret of SECRETS) redactor.registerSecret(secret);
    for (const secret of SECRETS) speak(log, secret);
    early.info('x');
    const all = lines.join('');
    expect(lines).toHaveLength(13);
    expect(all).toContain('[redacted]');
    for (const secret of SECRETS) {
      for (const piece of [
        secret,
        ...secret.split('\n'),
        encodeURIComponent(secret),
        Buffer.from(secret).toString('base64').slice(0, 8),
      ]) {
        expect(all).not.toContain(piece);
      }
    }
  });

  test('and a field whose name says that it is one is taken out without anybody having registered it', () => {
    const secret = {
      Authorization: 'x1',
      password: 'x2',
      'set-cookie': 'x3',
      token: 'x4',
      private_key: 'x5',
      apiKey: 'x6',
      clientSecret: 'x7',
    };
    const logged = jsonOf((log) =>
      log.info('x', { ...secret, nested: secret, tokens: 3, secretName: 'argocd/x' }),
    );
    expect(JSON.stringify(logged)).not.toMatch(/x\d/);
    expect(logged).toMatchObject({ tokens: 3, secretName: 'argocd/x' });
  });

  test('and none is left in half where long text is cut', () => {
    const redactor = createRedactor();
    redactor.registerSecret('hunter22hunter22');
    for (let length = 8_170; length < 8_200; length++) {
      const logged = jsonOf((log) => log.info('x', { text: `${'x'.repeat(length)}hunter22hunter22` }), {
        redactor,
      });
      expect(logged['text']).not.toContain('hunt');
    }
  });
});

describe('wantsColor', () => {
  test.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: '1' }, false],
    [true, { NO_COLOR: '' }, true],
    [true, { ENABLE_LOG_COLORS: 'false' }, false],
    [true, { ENABLE_LOG_COLORS: 'FALSE' }, false],
    [false, { ENABLE_LOG_COLORS: 'true' }, false],
    [true, { TERM: 'dumb' }, false],
  ])('on a terminal: %s, with %j: %s', (isTerminal, env, wanted) => {
    expect(wantsColor(isTerminal, env)).toBe(wanted);
  });
});
