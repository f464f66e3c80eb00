/** What every annotation of ours begins with; the same prefix as Argo CD Image Updater's. */
export const ANNOTATION_PREFIX = 'argocd-image-updater.argoproj.io/';

/**
 * What a key applies to. `application`: the whole Application (`git-branch`). `image`: one image, after its alias
 * (`web.platforms`). `both`: either; the image's own key takes precedence.
 */
export type AnnotationScope = 'application' | 'image' | 'both';

/** One key; `docs/annotations.md` has the same rows. */
export interface AnnotationRow {
  readonly key: string;
  readonly scope: AnnotationScope;
  /** The default when the annotation is missing. */
  readonly fallback: string;
  /** Allowed values. */
  readonly values: string;
  readonly description: string;
}

/** Every annotation there is. A key that is not here is a mistake, and reported as one. */
export const ANNOTATIONS = [
  {
    key: 'image-list',
    scope: 'application',
    fallback: 'the Application is left alone',
    values: '`[alias=]image[:constraint]`, several with commas between',
    description: 'the images to keep up to date',
  },
  {
    key: 'write-back-method',
    scope: 'both',
    fallback: '`writeBack.method` of the configuration',
    values: '`argocd`, `git`, `git:repocreds`, `git:secret:[NAMESPACE/]NAME`',
    description: 'where a new version is written: the live Application or Git, and with which credentials',
  },
  {
    key: 'write-back-target',
    scope: 'both',
    fallback: 'the override file `.argocd-source-<application>.yaml` in the path of the source',
    values:
      '`kustomization[:PATH]`, `helmvalues[:PATH]`, `helmvalues:$REF/PATH`, `markers:PATH`, or a file from the root of the Git remote',
    description: 'the file that is edited',
  },
  {
    key: 'git-branch',
    scope: 'both',
    fallback: '`targetRevision` of the source',
    values: '`BASE`, `BASE:PUSH` or `:PUSH`; `PUSH` may be a template',
    description: 'the branch that is read, and the one that is pushed',
  },
  {
    key: 'git-repository',
    scope: 'both',
    fallback: '`repoURL` of the source',
    values: 'URL of a Git remote, without credentials',
    description: 'the Git remote that is written, if it is not the one that is deployed from',
  },
  {
    key: 'pull-request',
    scope: 'application',
    fallback: '`pullRequests` of the configuration',
    values:
      '`true`, `false`, or the kind of the Git host: `github`, `gitlab`, `gitea`, `forgejo`, `bitbucket-cloud`, `bitbucket-data-center`, `azure-devops`',
    description: 'whether changes are proposed with a pull request',
  },
  {
    key: 'pull-request-group',
    scope: 'application',
    fallback: '`group` of `pullRequests` in the configuration',
    values: '`application`, `target` or `remote`',
    description: 'what shares a pull request',
  },
  {
    key: 'pull-request-labels',
    scope: 'application',
    fallback: '`labels` of `pullRequests` in the configuration',
    values: 'labels, with commas between',
    description: 'the labels of the pull request',
  },
  {
    key: 'pull-request-title',
    scope: 'application',
    fallback: '`title` of `pullRequests` in the configuration',
    values: 'a template: see [templates.md](templates.md#titles-of-pull-requests)',
    description: 'the title of the pull request',
  },
  {
    key: 'update-strategy',
    scope: 'both',
    fallback: '`semver`',
    values: '`semver`, `newest-build` (or `latest`), `newest-pushed`, `alphabetical` (or `name`), `digest`',
    description: 'how a new version is chosen',
  },
  {
    key: 'allow-tags',
    scope: 'both',
    fallback: '`any`',
    values: '`any` or `regexp:EXPRESSION` (RE2, found anywhere in the tag)',
    description: 'the tags that may be chosen',
  },
  {
    key: 'ignore-tags',
    scope: 'both',
    fallback: 'none',
    values: 'globs over the whole tag and `regexp:EXPRESSION`, with commas between',
    description: 'tags that are never chosen',
  },
  {
    key: 'order',
    scope: 'both',
    fallback: 'the whole tag is the version',
    values: '`numeric`, `semver`, `calver`',
    description: 'how `semver` reads the part of a tag that `allow-tags` has in parentheses',
  },
  {
    key: 'force-update',
    scope: 'both',
    fallback: '`false`',
    values: '`true` or `false`',
    description: 'also write the image when the cluster does not run it yet',
  },
  {
    key: 'hold',
    scope: 'both',
    fallback: '`false`',
    values: '`false`, `true`, or the reason as text',
    description: 'write nothing until the annotation is removed',
  },
  {
    key: 'pause',
    scope: 'both',
    fallback: '`false`',
    values: '`false`, `true`, or the reason as text',
    description:
      'do nothing automatic, be it an update, a promotion or a rollback, until the annotation is removed',
  },
  {
    key: 'minimum-age',
    scope: 'both',
    fallback: '`gates.minimumAge` of the configuration, which it cannot shorten',
    values: 'a Go duration such as `24h`, from `0s` to `8760h`',
    description: 'how old a version must be to be written',
  },
  {
    key: 'rollback',
    scope: 'both',
    fallback: '`writeBack.rollback` of the configuration',
    values: '`resume-on-newer`, `until-released`, `never-hold`',
    description: 'what is done when somebody rolled back a version',
  },
  {
    key: 'allow-downgrade',
    scope: 'both',
    fallback: '`writeBack.allowDowngrade` of the configuration',
    values: '`true` or `false`',
    description: 'also write a lower version than the one in force',
  },
  {
    key: 'signature-policy',
    scope: 'both',
    fallback: 'the policies of the configuration that are for the image',
    values: 'names of policies in `gates.signatures` of the configuration, with commas between',
    description: 'further policies of signatures that a version must fit',
  },
  {
    key: 'promote-from',
    scope: 'both',
    fallback: 'every version of the registry may be written',
    values: '`[NAMESPACE/]APPLICATION`, `NAMESPACE/APPLICATION/ALIAS`, up to 10 with commas between',
    description:
      'only versions that these Applications had before are written: see [promotion.md](promotion.md)',
  },
  {
    key: 'promote-when',
    scope: 'both',
    fallback: '`healthy`',
    values: '`written`, `synced`, `healthy`, `verified`',
    description: 'how far a version must have come there',
  },
  {
    key: 'promote-after',
    scope: 'both',
    fallback: '`0s`',
    values: 'a Go duration such as `30m` or `24h`, up to `8760h`',
    description: 'for how long it must have been so without interruption',
  },
  {
    key: 'promote-by',
    scope: 'both',
    fallback: '`tag`; with the strategy `digest`: `digest`',
    values: '`tag` or `digest`',
    description: 'whether the tag alone must be the same, or also the digest',
  },
  {
    key: 'promote-approval',
    scope: 'both',
    fallback: '`none`',
    values: '`none`, `pull-request`, `command`',
    description:
      'what a person has to do before a version is written: nothing, merge a pull request, or run `lynceus promote`',
  },
  {
    key: 'verify',
    scope: 'both',
    fallback: '`verification.rules` of the configuration',
    values: '`health` and names of `verification.checks`, with commas between',
    description: 'the checks that watch what was written, beside those of the configuration',
  },
  {
    key: 'on-failure',
    scope: 'both',
    fallback: '`verification.rules` of the configuration, else `notify`',
    values: '`notify`, `hold`, `rollback`',
    description: 'what is done when they fail; only what does more than the configuration counts',
  },
  {
    key: 'notify',
    scope: 'both',
    fallback: '`notifications.routes` of the configuration',
    values:
      '`SERVICE` or `SERVICE:RECIPIENT`, with kinds in front as in `failing+recovered@SERVICE`, several with commas between',
    description:
      'who is notified, beside those of the configuration; only services that are open to annotations',
  },
  {
    key: 'pull-secret',
    scope: 'both',
    fallback: "the registry's own login, else anonymous",
    values:
      '`pullsecret:NAMESPACE/NAME`, `secret:NAMESPACE/NAME#FIELD`, `github-app:NAMESPACE/NAME`, `env:VARIABLE`',
    description: 'the login for the registry',
  },
  {
    key: 'platforms',
    scope: 'image',
    fallback: '`platforms` of the configuration',
    values: '`os/architecture[/variant]`, several with commas between',
    description: 'the platforms a version must have been built for',
  },
  {
    key: 'interval',
    scope: 'both',
    fallback: 'evaluated in every cycle',
    values: 'a Go duration such as `30m` or `24h`, from `1s` to `8760h`',
    description: 'how often the image is evaluated, at most',
  },
  {
    key: 'update-windows',
    scope: 'both',
    fallback: '`gates.windows` of the configuration alone',
    values:
      '`allow` or `deny`, a cron expression of 5 fields, a duration and perhaps a time zone; several with `;` or line breaks between',
    description: 'when versions are written, and when not: see [gates.md](gates.md#update-windows)',
  },
  {
    key: 'helm.image-name',
    scope: 'image',
    fallback: '`image.name`',
    values: 'a Helm parameter, or a path in the values file',
    description: 'where registry and name are written',
  },
  {
    key: 'helm.image-registry',
    scope: 'image',
    fallback: 'the registry is in front of the name',
    values: 'a Helm parameter, or a path in the values file',
    description: 'where the registry is written alone; the name is then written without it',
  },
  {
    key: 'helm.image-tag',
    scope: 'image',
    fallback: '`image.tag`',
    values: 'a Helm parameter, or a path in the values file',
    description: 'where the tag is written',
  },
  {
    key: 'helm.image-digest',
    scope: 'image',
    fallback: '`digest` beside the tag, where it is set',
    values: 'a Helm parameter, or a path in the values file',
    description: 'where the digest is written alone; the tag is then written without it',
  },
  {
    key: 'helm.image-spec',
    scope: 'image',
    fallback: 'name and tag are written apart',
    values: 'a Helm parameter, or a path in the values file',
    description: 'where `registry/name:tag` is written as one text',
  },
  {
    key: 'helm.value-template',
    scope: 'image',
    fallback: '`{tag}` (with `digest`: `{tag}@{digest}`), at `helm.image-spec` with `{name}:` in front',
    values: 'a text with `{tag}`, `{digest}`, `{name}`, `{registry}` and `{repository}` in it',
    description: 'how the value is written at `helm.image-spec`, else at `helm.image-tag`',
  },
  {
    key: 'kustomize.image-name',
    scope: 'image',
    fallback: 'the image as written in `image-list`',
    values: 'the image name that the base uses',
    description: 'which entry of `images` is set, when the new image has another name than the base',
  },
  {
    key: 'plugin.image-name',
    scope: 'image',
    fallback: 'not written',
    values: 'name of an environment variable of the plugin',
    description: 'where registry and name are written',
  },
  {
    key: 'plugin.image-tag',
    scope: 'image',
    fallback: 'not written',
    values: 'name of an environment variable of the plugin',
    description: 'where the tag is written',
  },
  {
    key: 'plugin.image-spec',
    scope: 'image',
    fallback: 'not written',
    values: 'name of an environment variable of the plugin',
    description: 'where `registry/name:tag` is written as one text',
  },
] as const satisfies readonly AnnotationRow[];

type Row = (typeof ANNOTATIONS)[number];

/** Keys for a whole Application, without an alias. */
export type ApplicationKey = Extract<Row, { scope: 'application' | 'both' }>['key'];

/** Keys for one image, after its alias. */
export type ImageKey = Extract<Row, { scope: 'image' | 'both' }>['key'];

/**
 * The annotation's full name. A `/` in the alias is written `_`, because Kubernetes allows one `/` only:
 * alias `shop/web` is configured by `…/shop_web.update-strategy`.
 */
export function annotationName(key: ApplicationKey): string;
export function annotationName(key: ImageKey, alias: string): string;
export function annotationName(key: string, alias?: string): string {
  return ANNOTATION_PREFIX + (alias === undefined ? key : `${aliasInKeys(alias)}.${key}`);
}

/** The alias as annotation keys spell it. */
export function aliasInKeys(alias: string): string {
  return alias.replaceAll('/', '_');
}
