import { didYouMean } from '../core/did-you-mean.ts';
import { NOTICE_KINDS, type NoticeKind } from '../core/notices/notice-kind.ts';
import type { NoticeRequest } from '../core/notices/notice-request.ts';
import { parseNoticeTarget } from '../core/notices/notice-target.ts';
import { createAccessGlob } from '../core/permissions/access-glob.ts';
import type { ImagePolicy } from '../core/policy.ts';
import { quoted } from '../core/quoted.ts';
import { LynceusError } from '../errors.ts';
import type { ProblemList } from './problems.ts';
import type { SettingReader } from './setting-reader.ts';

/** A service that the configuration opens to annotations. */
export interface OpenService {
  readonly name: string;
  /** Globs of the recipients that may be named there; without one none may. */
  readonly recipients: readonly string[];
}

interface NotifyInput {
  readonly alias: string;
  readonly settings: SettingReader;
  readonly services: readonly OpenService[];
  /** Those of the image that do not keep it from being updated. */
  readonly problems: ProblemList;
}

/** Where the annotations of an image ask for notices. What cannot be read is a problem, and what can be counts. */
export function readNotify({
  alias,
  settings,
  services,
  problems,
}: NotifyInput): Pick<ImagePolicy, 'notify'> {
  const found = settings.ofImageEvenBlank(alias, 'notify');
  if (found === undefined) return {};
  const items = (found.items ?? found.value.split(',')).map((item) => item.trim());
  const requests = items
    .filter((item) => item !== '')
    .flatMap((item) => problems.attempt(found, () => readRequest(item, services)) ?? []);
  return requests.length === 0 ? {} : { notify: requests };
}

/** `service`, `service:recipient`, with kinds in front such as `failing+recovered@service`. */
function readRequest(item: string, services: readonly OpenService[]): NoticeRequest {
  const [, kinds, rest = item] = /^([^:@]*)@(.*)$/s.exec(item) ?? [];
  const target = parseNoticeTarget(rest);
  const service = services.find(({ name }) => name === target.service);
  if (service === undefined) throw unknownService(target.service, services);
  const { recipient } = target;
  if (
    recipient !== undefined &&
    !service.recipients.some((glob) => createAccessGlob(glob, { parts: false })(recipient))
  )
    throw new LynceusError(
      'annotation-invalid',
      `expected a recipient that ${service.name} is open for, found ${quoted(recipient)}`,
      {
        hint:
          service.recipients.length === 0
            ? `name ${service.name} alone`
            : `it is open for ${service.recipients.map((glob) => quoted(glob)).join(', ')}`,
      },
    );
  return { ...target, kinds: kinds === undefined ? [] : kinds.split('+').map(readKind) };
}

function readKind(text: string): NoticeKind {
  const name = text.trim().toLowerCase();
  const kind = NOTICE_KINDS.find((one) => one === name);
  if (kind !== undefined) return kind;
  const near = didYouMean(name, NOTICE_KINDS);
  throw new LynceusError(
    'annotation-invalid',
    `expected kinds of notices with + between (${NOTICE_KINDS.join(', ')}), found ${quoted(text)}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}

function unknownService(name: string, services: readonly OpenService[]): LynceusError {
  if (services.length === 0)
    return new LynceusError(
      'annotation-invalid',
      `expected a service that is open to annotations, found ${quoted(name)}, and there is none`,
      {
        hint: 'services are in notifications.services of the configuration, and open with annotations: true',
      },
    );
  const names = services.map((one) => one.name);
  const near = didYouMean(name, names);
  return new LynceusError(
    'annotation-invalid',
    `expected a service that is open to annotations (${names.join(', ')}), found ${quoted(name)}`,
    near === undefined ? {} : { hint: `did you mean ${near}?` },
  );
}
