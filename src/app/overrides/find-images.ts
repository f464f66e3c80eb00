import type { Application } from '../../argocd/application.ts';
import { formatName } from '../../core/image/reference.ts';
import { didYouMean } from '../../core/did-you-mean.ts';
import { applicationText } from '../../core/identity/application.ts';
import type { Fence } from '../../core/permissions/fence.ts';
import type { TrackedImage } from '../../core/policy.ts';
import { namesImage } from '../../core/presence.ts';
import { quoted } from '../../core/quoted.ts';
import { LynceusError } from '../../errors.ts';
import { EVERYTHING } from '../ownership.ts';
import type { ApplicationServices } from '../services.ts';
import { readApplications, type ReadApplications } from '../read-applications.ts';
import { fenceOf } from '../permit-images.ts';
import { readAllPolicies } from '../read-policies.ts';

export interface OverrideTarget {
  /** `name` or `namespace/name`. */
  readonly application: string;
  /** Alias, or registry and name; `undefined` is every image of the Application. */
  readonly image: string | undefined;
}

/** What a command names, and by which rules it was read. */
interface FoundImages {
  readonly images: readonly TrackedImage[];
  readonly fence: Fence;
}

/** The images that a command names. Throws as `matchImages`, and `write-method-unsupported` for what is not written to Git. */
export async function findImages(
  target: OverrideTarget,
  services: ApplicationServices,
  signal: AbortSignal,
): Promise<FoundImages> {
  const found = await matchImages(target, services, signal);
  const live = found.images.find(({ destination }) => destination.target.method === 'application');
  if (live !== undefined) throw notInGit(live);
  return found;
}

/** The images that a command names. Throws `usage-invalid` when there is no such Application or image, or more than one Application. */
export async function matchImages(
  { application: name, image }: OverrideTarget,
  services: ApplicationServices,
  signal: AbortSignal,
): Promise<FoundImages> {
  const read = await readApplications(services, signal);
  const application = applicationCalled(name, read);
  const scope = { owns: EVERYTHING, only: undefined, fence: fenceOf(read, services) };
  const { images, problems } = readAllPolicies(
    { ...read, applications: [application] },
    services.policyContext,
    scope,
  );
  const matching = images.filter((tracked) => image === undefined || isCalled(tracked, image));
  if (matching.length === 0) {
    const why = problems.find(({ alias }) => alias === image) ?? problems[0];
    if (why !== undefined) throw new LynceusError('annotation-invalid', why.message);
    throw unknownName(
      'image',
      image ?? '',
      images.map((tracked) => (tracked.alias === '' ? formatName(tracked.image) : tracked.alias)),
    );
  }
  return { images: matching, fence: scope.fence };
}

/** A target of which just one image is meant. */
export type OneImage = OverrideTarget & { readonly image: string };

/** The one image that a command names. Throws as `matchImages`, and `usage-invalid` where several have the name. */
export async function matchImage(
  target: OneImage,
  services: ApplicationServices,
  signal: AbortSignal,
): Promise<{ readonly tracked: TrackedImage; readonly fence: Fence }> {
  const { images, fence } = await matchImages(target, services, signal);
  const [tracked, ...others] = images;
  if (tracked !== undefined && others.length === 0) return { tracked, fence };
  const aliases = images.map(({ alias }) => alias).join(', ');
  throw new LynceusError(
    'usage-invalid',
    `${target.application} has several images of this name: ${aliases}`,
    { hint: 'name one by its alias' },
  );
}

/** The one Application of a name. Throws `usage-invalid` when there is none, or more than one. */
export async function matchApplication(
  name: string,
  services: ApplicationServices,
  signal: AbortSignal,
): Promise<Application> {
  return applicationCalled(name, await readApplications(services, signal));
}

function applicationCalled(
  name: string,
  { applications, failures }: Pick<ReadApplications, 'applications' | 'failures'>,
): Application {
  if (applications.length === 0 && failures[0] !== undefined) throw failures[0];
  const named = applications.filter((one) => [one.name, applicationText(one)].includes(name));
  const [application, ...others] = named;
  if (application === undefined)
    throw unknownName(
      'Application',
      name,
      applications.map((one) => one.name),
    );
  if (others.length > 0) {
    throw new LynceusError('usage-invalid', `several Applications are called ${quoted(name)}`, {
      hint: `name one of ${named.map(applicationText).join(', ')}`,
    });
  }
  return application;
}

function isCalled({ alias, image }: TrackedImage, name: string): boolean {
  return alias === name || namesImage(name, image) || formatName(image) === name;
}

const MOST_NAMED = 5;

function unknownName(what: string, name: string, known: readonly string[]): LynceusError {
  const near = didYouMean(name, known);
  const more = known.length > MOST_NAMED ? ` and ${known.length - MOST_NAMED} more` : '';
  const verb = known.length === 1 ? 'is' : 'are';
  const listed =
    known.length === 0 ? 'there is none' : `there ${verb} ${known.slice(0, MOST_NAMED).join(', ')}${more}`;
  return new LynceusError('usage-invalid', `there is no ${what} ${quoted(name)}`, {
    hint: near === undefined ? listed : `did you mean ${near}?`,
  });
}

function notInGit({ application, alias }: TrackedImage): LynceusError {
  const key = `argocd-image-updater.argoproj.io/${alias === '' ? '' : `${alias}.`}hold`;
  return new LynceusError(
    'write-method-unsupported',
    `${applicationText(application)} is written in the cluster and not in Git, so an override has no place there`,
    {
      hint: `annotate it: kubectl -n ${application.namespace} annotate application ${application.name} ${key}=REASON`,
    },
  );
}
