/** What a commit of Argo CD Image Updater changed, as far as its message says. */
export interface PeerChange {
  /** Name of the Application, without its namespace. */
  readonly application: string;
  /** Name of the image, without its registry. */
  readonly image: string;
  /** A tag, or a digest where there was one; `undefined` where there was none. */
  readonly from: string | undefined;
  readonly to: string | undefined;
}

/** Its default message (`DefaultGitCommitMessage` in argocd-image-updater/pkg/common), alone or in a list of a squash merge. */
const SUBJECT = /^(?:[*-] )?build: automatic update of (\S+)\s*$/;
const CHANGE = /^\s*updates image (\S+) tag '([^']*)' to '([^']*)'\s*$/;

/** The changes that a message names, in its order; none for a message of any other form. */
export function readPeerChanges(message: string): readonly PeerChange[] {
  const changes: PeerChange[] = [];
  let application: string | undefined;
  for (const line of message.split('\n')) {
    application = SUBJECT.exec(line)?.[1] ?? application;
    const [, image, from = '', to = ''] = CHANGE.exec(line) ?? [];
    if (application === undefined || image === undefined) continue;
    changes.push({
      application,
      image: plainName(image),
      from: from === '' ? undefined : from,
      to: to === '' ? undefined : to,
    });
  }
  return changes;
}

/** `library/nginx` and `nginx` are one image of Docker Hub. */
export function plainName(name: string): string {
  return name.replace(/^library\//, '');
}
