import type { Notice } from '../../core/notices/notice.ts';
import { applicationText } from '../../core/identity/application.ts';
import type { OutgoingNotice } from '../../ports/notifier.ts';

/** The attributes of CloudEvents 1.0, and a notice as docs/notifications.md has it. */
export interface NoticeEvent {
  readonly specversion: '1.0';
  /** Names no domain, as nobody owns one for Lynceus. */
  readonly type: `lynceus.notice.${Notice['kind']}`;
  readonly source: string;
  /** The same however often it is sent: receivers may leave out what they have. */
  readonly id: string;
  readonly time: string;
  readonly subject?: string;
  readonly datacontenttype: 'application/json';
  readonly data: NoticeData;
}

export interface NoticeData {
  readonly kind: Notice['kind'];
  readonly severity: Notice['severity'];
  readonly code: string;
  readonly reason: string;
  readonly title: string;
  readonly text: string;
  /** Equal for all notices of one condition. */
  readonly condition: string;
  readonly test: boolean;
  readonly application: { readonly namespace: string; readonly name: string } | null;
  readonly project: string | null;
  readonly images: readonly {
    readonly application: { readonly namespace: string; readonly name: string } | null;
    readonly alias: string;
    readonly image: string;
    readonly outcome: string | null;
    readonly from: string | null;
    readonly to: string | null;
  }[];
  readonly extent: { readonly applications: number; readonly images: number } | null;
  readonly commit: {
    readonly sha: string;
    readonly branch: string;
    readonly remote: string;
    readonly url: string | null;
  } | null;
  readonly pullRequest: string | null;
  readonly check: string | null;
}

export function cloudEventOf(outgoing: OutgoingNotice, source: string): NoticeEvent {
  const { notice } = outgoing;
  const { kind, key, at, application } = notice;
  return {
    specversion: '1.0',
    type: `lynceus.notice.${kind}`,
    source,
    id: key,
    time: new Date(at).toISOString(),
    ...(application === undefined ? {} : { subject: applicationText(application) }),
    datacontenttype: 'application/json',
    data: dataOf(outgoing),
  };
}

function dataOf({ notice, title, text, isTest }: OutgoingNotice): NoticeData {
  const { kind, severity, code, reason, subject, application, project, images, extent } = notice;
  const { commit, pullRequest, check } = notice;
  return {
    kind,
    severity,
    code,
    reason,
    title,
    text,
    condition: subject,
    test: isTest === true,
    application: application ?? null,
    project: project ?? null,
    images: images.map((image) => ({
      application: image.application ?? application ?? null,
      alias: image.alias,
      image: image.image,
      outcome: image.outcome ?? null,
      from: image.from ?? null,
      to: image.to ?? null,
    })),
    extent: extent ?? null,
    commit: commit === undefined ? null : { ...commit, url: commit.url ?? null },
    pullRequest: pullRequest ?? null,
    check: check ?? null,
  };
}
