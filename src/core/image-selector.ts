import { imageRepositoryKey } from './identity/image-repository.ts';
import { looksLikeHost } from './image/grammar.ts';
import { canonicalHost, DOCKER_HUB } from './image/registry-host.ts';
import { createAccessGlob } from './permissions/access-glob.ts';
import type { TrackedImage } from './policy.ts';

/** Which images an entry of the configuration is for. All are globs, and a list that is empty fits all. */
export interface ImageSelector {
  /** AppProjects. */
  readonly projects: readonly string[];
  /** Namespaces of Applications. */
  readonly namespaces: readonly string[];
  /** Names of Applications. */
  readonly applications: readonly string[];
  /** Image repositories such as `ghcr.io/acme/*`, where `*` does not cross a `/`. */
  readonly images: readonly string[];
}

/** The Application of an image, by what entries select. */
interface SelectedApplication extends Pick<TrackedImage, 'application'> {
  readonly requester: Pick<TrackedImage['requester'], 'project' | 'namespace'>;
}

/** Whether an entry is for an image: each of its lists fits. */
export function selectsImage(
  selector: ImageSelector,
  { repository, ...selected }: SelectedApplication & Pick<TrackedImage, 'repository'>,
): boolean {
  return (
    fitsApplication(selector, selected) && fits(matchersOf(selector).images, imageRepositoryKey(repository))
  );
}

/** Whether an entry is for an Application, whatever images it has. */
export function selectsApplication(selector: ImageSelector, selected: SelectedApplication): boolean {
  return selector.images.length === 0 && fitsApplication(selector, selected);
}

function fitsApplication(
  selector: ImageSelector,
  { application, requester: { project, namespace } }: SelectedApplication,
): boolean {
  const { projects, namespaces, applications } = matchersOf(selector);
  return fits(projects, project) && fits(namespaces, namespace) && fits(applications, application.name);
}

type Matchers = { readonly [List in keyof ImageSelector]: readonly ((text: string) => boolean)[] };

const compiled = new WeakMap<ImageSelector, Matchers>();

function matchersOf(selector: ImageSelector): Matchers {
  const known = compiled.get(selector);
  if (known !== undefined) return known;
  const globs = (list: readonly string[], parts: boolean) =>
    list.map((glob) => createAccessGlob(glob, { parts }));
  const made: Matchers = {
    projects: globs(selector.projects, false),
    namespaces: globs(selector.namespaces, false),
    applications: globs(selector.applications, false),
    images: globs(selector.images.map(canonicalGlob), true),
  };
  compiled.set(selector, made);
  return made;
}

/** Spelled as `imageRepositoryKey` spells what it is to match; a glob without a host is for Docker Hub, as an image is. */
function canonicalGlob(glob: string): string {
  const slash = glob.indexOf('/');
  const host = slash < 0 ? '' : glob.slice(0, slash);
  if (slash < 0 ? /[*{[]/.test(glob) : /[*?{[\\]/.test(host)) return glob;
  if (slash < 0) return `${DOCKER_HUB}/library/${glob}`;
  return looksLikeHost(host) ? `${canonicalHost(host)}${glob.slice(slash)}` : `${DOCKER_HUB}/${glob}`;
}

function fits(matchers: readonly ((text: string) => boolean)[], text: string): boolean {
  return matchers.length === 0 || matchers.some((matches) => matches(text));
}
