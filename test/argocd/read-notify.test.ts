import { describe, expect, test } from 'vitest';
import type { OpenService } from '../../src/argocd/read-notify.ts';
import { policyOf, readWeb } from './an-application.ts';

const OPEN: readonly OpenService[] = [
  { name: 'chat', recipients: ['#team-*', '@ops'] },
  { name: 'mail', recipients: ['*@acme.example'] },
  { name: 'hook', recipients: [] },
];

describe('where annotations ask for notices', () => {
  test.each<{
    readonly name: string;
    readonly annotations: Readonly<Record<string, string>>;
    readonly notify: readonly object[] | undefined;
  }>([
    { name: 'nowhere', annotations: {}, notify: undefined },
    { name: 'a service', annotations: { notify: 'hook' }, notify: [{ service: 'hook', kinds: [] }] },
    {
      name: 'several, in any form of a list',
      annotations: { notify: ' hook ,, chat:#team-a ,mail:jane@acme.example' },
      notify: [
        { service: 'hook', kinds: [] },
        { service: 'chat', recipient: '#team-a', kinds: [] },
        { service: 'mail', recipient: 'jane@acme.example', kinds: [] },
      ],
    },
    {
      name: 'kinds in front',
      annotations: { notify: 'failing+Recovered@mail:ops@acme.example, updated@hook' },
      notify: [
        { service: 'mail', recipient: 'ops@acme.example', kinds: ['failing', 'recovered'] },
        { service: 'hook', kinds: ['updated'] },
      ],
    },
    {
      name: 'a recipient that begins as kinds end',
      annotations: { notify: 'chat:@ops' },
      notify: [{ service: 'chat', recipient: '@ops', kinds: [] }],
    },
    {
      name: "the image's own before the Application's",
      annotations: { notify: 'hook', 'web.notify': 'chat' },
      notify: [{ service: 'chat', kinds: [] }],
    },
    {
      name: 'a blank one of the image',
      annotations: { notify: 'hook', 'web.notify': '' },
      notify: undefined,
    },
  ])('$name', ({ annotations, notify }) => {
    expect(policyOf(readWeb(annotations, {}, { openServices: OPEN })).policy.notify).toEqual(notify);
  });

  test.each<[string, string, readonly OpenService[]]>([
    ['pager', 'expected a service that is open to annotations (chat, mail, hook), found "pager"', OPEN],
    ['chta', 'did you mean chat?', OPEN],
    ['hook', 'and there is none', []],
    ['hook:anywhere', 'name hook alone', OPEN],
    ['chat:#other', 'it is open for "#team-*", "@ops"', OPEN],
    ['mail:jane@evil.example', 'expected a recipient that mail is open for', OPEN],
    ['failin@hook', 'did you mean failing?', OPEN],
    ['@hook', 'expected kinds of notices', OPEN],
  ])('%j is a problem, and the image is updated all the same', (value, expected, openServices) => {
    const reading = readWeb({ notify: `${value}, chat` }, {}, { openServices });
    expect(reading.refused).toEqual([]);
    expect(reading.images).toHaveLength(1);
    expect(reading.images[0]?.policy.notify ?? []).toEqual(
      openServices.length === 0 ? [] : [{ service: 'chat', kinds: [] }],
    );
    expect(reading.problems[0]).toMatchObject({ code: 'annotation-invalid', alias: 'web' });
    expect(reading.problems[0]?.message).toContain(expected);
  });
});
