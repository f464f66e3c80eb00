import { describe, expect, test } from 'vitest';
import { faultsOf, load } from './given.ts';

/** Services of the configuration, each with the name of its place. */
function services(...written: readonly object[]): string {
  const named = written.map((one, index) => ({ name: `s${index}`, ...one }));
  return JSON.stringify({ notifications: { services: named } });
}

describe('services of chats and alerts', () => {
  test('have what is usual where nothing is set', () => {
    const fileText = services(
      { slack: { webhookFrom: 'env:A' } },
      { slack: { tokenFrom: 'file:/a', channel: '#über-team' }, recipients: ['#team-*'] },
      { teams: { webhookFrom: 'secret:argocd/a#b' } },
      { discord: { webhookFrom: 'env:A' } },
      { alertmanager: { urls: ['http://alertmanager:9093'] } },
    );
    const [webhook, bot, teams, discord, alerts] = load({ fileText }).notifications.services;
    expect(webhook?.slack).toEqual({
      webhookFrom: 'env:A',
      apiUrl: 'https://slack.com/api',
      timeout: 30_000,
    });
    expect(bot?.slack).toMatchObject({ tokenFrom: 'file:/a', channel: '#über-team' });
    expect(teams?.teams).toEqual({ webhookFrom: 'secret:argocd/a#b', timeout: 30_000 });
    expect(discord?.discord).toEqual({ webhookFrom: 'env:A', timeout: 30_000 });
    expect(alerts?.alertmanager).toMatchObject({ urls: ['http://alertmanager:9093'], fireFor: 300_000 });
  });

  test.each<[object, string]>([
    [{ slack: {} }, 'slack: expected one of webhookFrom and tokenFrom'],
    [
      { slack: { webhookFrom: 'env:A', tokenFrom: 'env:B' } },
      'slack: expected one of webhookFrom and tokenFrom',
    ],
    [{ slack: { tokenFrom: 'env:A' } }, 'slack.channel: is missing'],
    [{ slack: { webhookFrom: 'env:A', channel: '#a' } }, 'slack.channel: is for a bot'],
    [
      { slack: { tokenFrom: 'env:A', channel: 'a b' } },
      'slack.channel: expected the id or name of a channel',
    ],
    [{ slack: { tokenFrom: 'xoxb-123', channel: '#a' } }, 'slack.tokenFrom: expected env:NAME, file:/path'],
    [
      { slack: { webhookFrom: 'https://hooks.slack.com/services/x' } },
      'slack.webhookFrom: expected env:NAME',
    ],
    [
      { slack: { tokenFrom: 'env:A', channel: '#a', apiUrl: 'slack.com' } },
      'slack.apiUrl: expected an http or https URL',
    ],
    [{ teams: {} }, 'teams.webhookFrom: is missing'],
    [{ teams: { webhookFrom: 'env:A', channel: '#a' } }, 'teams.channel: '],
    [{ discord: { webhookFrom: 'env:A' }, teams: { webhookFrom: 'env:A' } }, 'discord: stands beside teams'],
    [{ alertmanager: { urls: [] } }, 'alertmanager.urls: expected at least one URL'],
    [
      { alertmanager: { urls: ['http://user:pass@a'] } },
      'alertmanager.urls[0]: expected an http or https URL',
    ],
    [
      { alertmanager: { urls: ['http://a'], usernameFrom: 'env:A' } },
      'alertmanager.passwordFrom: is missing',
    ],
    [{ alertmanager: { urls: ['http://a'], fireFor: '1s' } }, 'alertmanager.fireFor: '],
    [{ teams: { webhookFrom: 'env:A' }, recipients: ['a'] }, 'recipients: is of no use'],
    [{ slack: { webhookFrom: 'env:A' }, recipients: ['a'] }, 'recipients: is of no use'],
  ])('are refused: %j', (service, fault) => {
    const faults = faultsOf({
      fileText: services({ teams: { webhookFrom: 'env:A' }, recipients: [] }, service),
    });
    expect(faults.join('\n')).toContain(`notifications.services[1].${fault}`);
    expect(faults.join('\n')).not.toMatch(/xoxb-123|services\/x|user:pass/);
    expect(faults).toHaveLength(1);
  });

  test('are named by routes with a recipient only where they have one', () => {
    const notifications = {
      services: [
        { name: 'bot', slack: { tokenFrom: 'env:A', channel: '#a' } },
        { name: 'teams', teams: { webhookFrom: 'env:A' } },
      ],
      routes: [{ to: ['bot:#b', 'bot', 'teams', 'teams:#b'] }],
    };
    expect(faultsOf({ fileText: JSON.stringify({ notifications }) })).toEqual([
      expect.stringContaining(
        'notifications.routes[0].to[3]: names a recipient, of which teams has none to choose from; expected teams',
      ),
    ]);
  });
});

describe('routes beside a service with a fault', () => {
  const HOOK = { webhook: { url: 'https://hook.test/' } };
  test.each<[string, unknown, readonly string[]]>([
    ['a key of it', [{ name: 'chat', webhook: { url: 'nonsense' } }], ['services[0].webhook.url']],
    ['a value beside', [{ name: 'chat', ...HOOK, perMinute: 'many' }], ['services[0].perMinute']],
    ['an unknown key', [{ name: 'chat', ...HOOK, nonsense: 1 }], ['services[0].nonsense']],
    [
      'a name that is none',
      [
        { name: 'Chat Room', ...HOOK },
        { name: 'chat', ...HOOK },
      ],
      ['services[0].name'],
    ],
    ['no name', [HOOK], ['services[0].name']],
    ['no kind', [{ name: 'chat' }], ['services[0]']],
    ['a text in place of it', ['chat'], ['services[0]']],
    ['a text in place of all', 'chat', ['services']],
    ['a neighbour', [{ name: 'chat', ...HOOK }, 7], ['services[1]']],
    [
      'two of one name',
      [
        { name: 'chat', ...HOOK },
        { name: 'chat', ...HOOK },
      ],
      ['services[1].name'],
    ],
  ])('are not faulty, too: %s', (_, written, faults) => {
    const fileText = JSON.stringify({ notifications: { services: written, routes: [{ to: ['chat'] }] } });
    const found = faultsOf({ fileText });
    expect(found.map((line) => line.split(': ')[0])).toEqual(faults.map((path) => `notifications.${path}`));
  });

  test.each<[string, readonly object[], string, string]>([
    ['no service', [], 'chat', 'expected the name of a service (there is none), found "chat"'],
    ['others', [{ name: 'ops', ...HOOK }], 'chat', 'expected the name of a service (ops), found "chat"'],
    ['one that is near', [{ name: 'chats', ...HOOK }], 'chat', 'did you mean chats?'],
    ['a near one with a fault', [{ name: 'chats', webhook: { url: 'x' } }], 'chat', 'did you mean chats?'],
  ])('are faulty beside %s', (_, written, to, fault) => {
    const fileText = JSON.stringify({ notifications: { services: written, routes: [{ to: [to] }] } });
    const found = faultsOf({ fileText }).filter((line) => line.startsWith('notifications.routes'));
    expect(found).toEqual([expect.stringContaining(fault)]);
  });

  test('a URL may have letters of all scripts', () => {
    for (let index = 0; index < 300; index += 1) {
      const url = `https://hook${index}.test/größe`;
      expect(load({ fileText: services({ webhook: { url } }) }).notifications.services[0]?.webhook?.url).toBe(
        url,
      );
    }
  });
});
