import { claimOf } from '../core/permissions/judge-write.ts';
import type { Requester } from '../core/permissions/requester.ts';
import { formatName, repositoryOf } from '../core/image/reference.ts';
import type { ApplicationId, ImagePolicy, ImageUpdaterId, TrackedImage } from '../core/policy.ts';
import type { Problem } from '../core/problem.ts';
import { LynceusError } from '../errors.ts';
import { aliasInKeys } from './annotations.ts';
import type { ApplicationSource } from './application.ts';
import { deployedSource } from './deployed-source.ts';
import type { ImageListItem } from './image-list.ts';
import { readSlot } from './image-slot.ts';
import { liveness, runningImages } from './live-images.ts';
import { homeOf, mayNameSecretsIn } from './policy-input.ts';
import type { PolicyContext, PolicyInput } from './policy-input.ts';
import type { PolicyOwner } from './policy-owners.ts';
import type { RefusedImage } from './policy-reading.ts';
import { createProblemList, shown } from './problems.ts';
import type { ProblemList } from './problems.ts';
import { readImagePolicy } from './read-image.ts';
import { readGates } from './read-gates.ts';
import { readNotify } from './read-notify.ts';
import { readPause } from './read-pause.ts';
import { readVerification } from './read-verification.ts';
import type { SettingReader } from './setting-reader.ts';
import { readWriteBack } from './write-back.ts';
import type { WriteBack } from './write-back.ts';

/** One image of a list. */
export interface ItemInput {
  readonly item: ImageListItem;
  readonly id: ApplicationId;
  readonly owner: PolicyOwner;
  readonly input: PolicyInput;
  /** The target of images without their own annotations for it; `undefined` for an image that has them. */
  readonly common: CommonWriteBack | undefined;
  /** How many images share an alias, by the alias as annotation keys spell it. */
  readonly taken: ReadonlyMap<string, number>;
  readonly requester: Requester;
}

interface CommonWriteBack {
  readonly writeBack: WriteBack | undefined;
  readonly problems: readonly Problem[];
}

/** A policy and the source that it was read from. */
export interface SourcedImage {
  readonly tracked: TrackedImage;
  readonly source: ApplicationSource;
}

/** What one image of a list ends as. */
export interface ItemReading {
  readonly policy: SourcedImage | undefined;
  readonly refused: RefusedImage | undefined;
  /** Those of this image alone. */
  readonly problems: readonly Problem[];
}

/** Reads one image with all that is set for it. */
export function readItem(itemInput: ItemInput): ItemReading {
  const { item, id, owner, input, common } = itemInput;
  const problems = createProblemList(id, item.alias);
  const writeBack = common ? common.writeBack : readWriteBack({ ...input, alias: item.alias, problems });
  const notices = createProblemList(id, item.alias);
  const policy = readPolicy({ ...itemInput, writeBack }, { problems, notices });
  const all = [...(common?.problems ?? []), ...input.problems.all, ...problems.all];
  if (policy !== undefined && all.length === 0) return { policy, refused: undefined, problems: notices.all };
  const image = item.kind === 'image' ? formatName(item.image) : shown(item.text);
  return {
    policy: undefined,
    refused: { application: id, ...updaterOf(owner), alias: item.alias, image, problems: all },
    problems: [...problems.all, ...notices.all],
  };
}

function readPolicy(
  {
    item,
    id,
    owner,
    input,
    writeBack,
    taken,
    requester,
  }: ItemInput & { readonly writeBack: WriteBack | undefined },
  { problems, notices }: { readonly problems: ProblemList; readonly notices: ProblemList },
): SourcedImage | undefined {
  const { application, context, settings } = input;
  const { alias } = item;
  addListingProblems({ item, taken, settings }, problems);
  if (item.kind === 'unreadable') return undefined;
  const { image } = item;
  const repository = repositoryOf(image, context.defaultRegistry);
  const policy = policyOf({ item, repository, input }, problems);
  const selected = { application: id, repository, requester };
  const slot =
    writeBack &&
    readSlot({
      alias,
      image,
      owners: ownersOf(application, context),
      family: writeBack.family,
      strategy: policy.strategy.kind,
      settings,
      problems,
    });
  const gates = readGates({ alias, ...selected, strategy: policy.strategy.kind, writeBack }, input, problems);
  if (writeBack === undefined || slot === undefined) return undefined;
  const verify = readVerification({ alias, selected, target: writeBack.target, context, settings, problems });
  const tracked = {
    application: id,
    ...updaterOf(owner),
    alias,
    image,
    repository,
    policy: {
      ...policy,
      ...readPause(input, alias),
      ...verify,
      ...readNotify({ alias, settings, services: context.openServices ?? [], problems: notices }),
      ...verificationOf(owner, alias, homeOf(application, context)),
      ...gates,
    },
    observed: {
      ...observedOf(application, { image, slot, defaultRegistry: context.defaultRegistry }),
      ...deploymentOf(application, writeBack.target),
      ...clusterOf(application),
    },
    destination: { slot, target: writeBack.target },
    requester,
    claim: claimOf(writeBack.target, requester),
    ...(writeBack.layers === undefined ? {} : { layers: writeBack.layers }),
  };
  return { tracked, source: writeBack.source };
}

/** The rules of an image, by what is set for it and the defaults. */
function policyOf(
  {
    item: { alias, constraint, text },
    repository,
    input: { application, context, settings },
  }: {
    readonly item: Extract<ImageListItem, { kind: 'image' }>;
    readonly repository: TrackedImage['repository'];
    readonly input: PolicyInput;
  },
  problems: ProblemList,
): ImagePolicy {
  return readImagePolicy({
    alias,
    constraint,
    text,
    namespace: homeOf(application, context),
    defaults: {
      rollback: context.defaultRollback ?? 'resume-on-newer',
      allowDowngrade: context.defaultAllowDowngrade ?? false,
    },
    repository,
    environmentLogins: context.environmentLogins ?? [],
    mayNameSecretsIn: (namespace) => mayNameSecretsIn(namespace, application, context),
    settings,
    problems,
  });
}

/** Before it is known what the Application's own lists declare, which depends on all of its images. */
function observedOf(
  { liveImages }: PolicyInput['application'],
  place: Parameters<typeof liveness>[1],
): TrackedImage['observed'] {
  const running = runningImages(liveImages, place.defaultRegistry);
  const live = liveness(running, place);
  return { live, declared: undefined, ...(running === undefined ? {} : { running }) };
}

function deploymentOf(
  application: PolicyInput['application'],
  target: WriteBack['target'],
): Pick<TrackedImage['observed'], 'deployment' | 'deployedSource' | 'destinationNamespace'> {
  const { deployment, destination } = application;
  const namespace = destination?.namespace ?? '';
  const source = deployment === undefined ? undefined : deployedSource(application, target);
  return {
    ...(deployment === undefined ? {} : { deployment }),
    ...(source === undefined ? {} : { deployedSource: source }),
    ...(namespace === '' ? {} : { destinationNamespace: namespace }),
  };
}

/** The names that Argo CD gives to the cluster that it runs in. */
function clusterOf({
  destination,
}: PolicyInput['application']): Pick<TrackedImage['observed'], 'isInOwnCluster'> {
  const { name = '', server = '' } = destination ?? {};
  const isOwn = name === 'in-cluster' || /^https:\/\/kubernetes\.default\.svc\/?$/.test(server);
  return isOwn ? { isInOwnCluster: true } : {};
}

/** What is wrong with the entry of the list itself, and with what is set for its alias without there being such a setting. */
function addListingProblems(
  { item, taken, settings }: Pick<ItemInput, 'item' | 'taken'> & { readonly settings: SettingReader },
  problems: ProblemList,
): void {
  const { alias, text } = item;
  const found = settings.listed(alias, text);
  if (item.kind === 'unreadable') problems.add(found, item.error);
  if ((taken.get(aliasInKeys(alias)) ?? 0) > 1) problems.add(found, sharedAlias(alias));
  for (const one of settings.unknown) if (one.alias === alias) problems.add(one, one.error);
}

function updaterOf(owner: PolicyOwner): { readonly updater?: ImageUpdaterId } {
  if (!('updater' in owner)) return {};
  const { namespace, name } = owner.updater;
  return { updater: { namespace, name } };
}

/**
 * The key that signatures must fit, in the namespace of the Application. What a resource demands counts for annotations that it
 * lets count, too.
 */
function verificationOf(
  owner: PolicyOwner,
  alias: string,
  namespace: string,
): Pick<ImagePolicy, 'verification'> {
  if (!('updater' in owner)) return {};
  const { updater, ref } = owner;
  const image = owner.by === 'fields' ? ref.images.find((one) => one.alias === alias) : undefined;
  const { enabled = false, key } =
    image?.verification ?? ref.verification ?? updater.level.verification ?? {};
  if (!enabled || key === undefined) return {};
  return { verification: { secret: { namespace, name: key.secret, field: key.field } } };
}

/** Outside of Argo CD's namespace the namespace is part of the name, as in the names of override files. */
function ownersOf(application: ApplicationId, context: PolicyContext): readonly string[] {
  const home = homeOf(application, context);
  const full = `${home}/${application.name}`;
  return home === context.argocdNamespace ? [application.name, full] : [full];
}

function sharedAlias(alias: string): LynceusError {
  return new LynceusError(
    'annotation-invalid',
    `expected every alias once, found ${alias} on several images`,
    {
      hint:
        alias.includes('/') || alias.includes('_')
          ? 'in annotation keys "/" is written "_", so a/b and a_b are the same'
          : 'give each image an alias of its own',
    },
  );
}
