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
