import { NOTICE_KINDS, type NoticeKind } from '../../core/notices/notice-kind.ts';
import { testNotice } from '../../core/notices/example-notice.ts';
import { routesOf, type NoticeRoute } from '../../core/notices/notice-route.ts';
import type { NoticeTarget } from '../../core/notices/notice-target.ts';
import { formatName } from '../../core/image/reference.ts';
import { applicationText } from '../../core/identity/application.ts';
import type { ApplicationId, TrackedImage } from '../../core/policy.ts';
import { LynceusError } from '../../errors.ts';
import { EVERYTHING } from '../ownership.ts';
import { fenceOf } from '../permit-images.ts';
import { readApplications } from '../read-applications.ts';
import { readAllPolicies } from '../read-policies.ts';
import type { ApplicationServices } from '../services.ts';

/** Where notices of one image go. */
export interface ImageRecipients {
  readonly application: ApplicationId;
  readonly alias: string;
  readonly image: string;
  readonly recipients: readonly (NoticeTarget & {
    readonly kinds: readonly NoticeKind[];
    /** By an annotation alone. */
    readonly byAnnotation: boolean;
  })[];
}

/**
 * Where notices of the images of an Application go, by its name or `namespace/name`. Nothing is asked of registries or Git. Throws
 * `usage-invalid` when there is no such Application with images.
 */
export async function findRecipients(
  name: string,
  { services, routes }: { readonly services: ApplicationServices; readonly routes: readonly NoticeRoute[] },
  signal: AbortSignal,
): Promise<readonly ImageRecipients[]> {
  const read = await readApplications(services, signal);
  const [failure] = read.failures;
  if (failure !== undefined) throw failure;
  const policyContext = { ...services.policyContext, canWriteApplications: true };
  const fence = fenceOf(read, services);
  const { images } = readAllPolicies(read, policyContext, { owns: EVERYTHING, only: undefined, fence });
  const found = images.filter(
    ({ application }) => application.name === name || applicationText(application) === name,
  );
  if (found.length === 0)
    throw new LynceusError('usage-invalid', `no Application ${name} has images that can be read`, {
      hint: 'lynceus lint says what is wrong with annotations',
    });
  return found.map((tracked) => recipientsOf(tracked, routes));
}

function recipientsOf(tracked: TrackedImage, routes: readonly NoticeRoute[]): ImageRecipients {
  const { application, alias, image, repository, requester, policy } = tracked;
  const { project, namespace } = requester;
  const concerned = [{ application, project, namespace, repository, requests: policy.notify ?? [] }];
  const found = new Map<string, ImageRecipients['recipients'][number]>();
  for (const kind of NOTICE_KINDS)
    for (const { target, audience } of routesOf(
      { notice: testNotice(kind, 0), cause: '', concerned },
      routes,
    )) {
      const byAnnotation = audience === 'tenants';
      const key = `${target.service} ${target.recipient ?? ''} ${String(byAnnotation)}`;
      found.set(key, { ...target, byAnnotation, kinds: [...(found.get(key)?.kinds ?? []), kind] });
    }
  return { application, alias, image: formatName(image), recipients: [...found.values()] };
}
