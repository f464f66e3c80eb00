import type { KeyPlace, TrustRootPlace } from '../core/gates/signature-policy.ts';
import { compileExpression } from '../core/tags/expression.ts';
import { readGitRemote } from '../core/git/remote.ts';
import { asLynceusError } from '../errors.ts';
import { IMAGE_SELECTOR } from './image-selector.ts';
import { type CheckedRows, EntryList, key } from './keys.ts';
import { listOfValues, parsed, RefusedValue, textLine, YES_OR_NO } from './value-type.ts';

const NAME = /^[a-z0-9]+(?:[.-]+[a-z0-9]+)*$/;
const IN_CLUSTER =
  /^(secret|configmap):([a-z0-9]+(?:-+[a-z0-9]+)*)\/([a-z0-9]+(?:[.-]+[a-z0-9]+)*)#([\w.-]+)$/;
const IN_FILE = /^file:(\/.*\S)$/;

const KEY_PLACE = parsed(
  textLine('file:/path, secret:NAMESPACE/NAME#FIELD or configmap:NAMESPACE/NAME#FIELD'),
  (text) => placeOf(text) ?? new RefusedValue(),
);

const TRUST_ROOT = parsed(
  textLine('public, file:/path or configmap:NAMESPACE/NAME#FIELD'),
  (text): TrustRootPlace | RefusedValue => {
    if (text === 'public') return { kind: 'public' };
    const place = placeOf(text);
    return place === undefined || place.kind === 'secret' ? new RefusedValue() : place;
  },
);

function placeOf(text: string): KeyPlace | undefined {
  const [, path] = IN_FILE.exec(text) ?? [];
  if (path !== undefined) return { kind: 'file', path };
  const [, kind, namespace = '', name = '', field = ''] = IN_CLUSTER.exec(text) ?? [];
  const at = { namespace, name, field };
  if (kind === 'secret') return { kind, secret: at };
  return kind === 'configmap' ? { kind: 'config-map', configMap: at } : undefined;
}

const EXPRESSION = parsed(textLine('a regular expression (RE2)'), (text) => {
  try {
    compileExpression(text, 'a policy');
    return text;
  } catch (thrown) {
    return new RefusedValue(asLynceusError(thrown).line);
  }
});

const PROVENANCE = 'slsaprovenance';
/** Versions 0.2 and 1.0 of the predicate (slsa.dev, "Provenance"). */
const PROVENANCE_TYPES = ['https://slsa.dev/provenance/v1', 'https://slsa.dev/provenance/v0.2'];

/** The name that cosign has for a type, or the URI of one. */
const PREDICATE_TYPE = parsed(
  textLine(`${PROVENANCE}, or the URI of a predicate type such as https://cyclonedx.org/bom`),
  (type) => {
    if (type === PROVENANCE) return { type, types: PROVENANCE_TYPES, isProvenance: true };
    return /^[a-z][a-z0-9+.-]*:\S+$/i.test(type)
      ? { type, types: [type], isProvenance: PROVENANCE_TYPES.includes(type) }
      : new RefusedValue();
  },
);

const SOURCE = parsed(textLine('the URL of a Git remote such as https://github.com/acme/shop'), (text) =>
  'key' in readGitRemote(text) ? text : new RefusedValue(),
);

const URL = textLine('a URL such as https://token.actions.githubusercontent.com', /^https?:\/\/\S+$/);

/** An entry of `gates.signatures`. */
// prettier-ignore
export const SIGNATURE_POLICY = {
  name: key('By which the annotation `signature-policy` and messages name it', textLine('a name of small letters, digits, - and .', NAME), { required: true }),
  ...IMAGE_SELECTOR,
  onlyByName: key('It is only for images whose annotation names it', YES_OR_NO, { default: false }),
  keys: key('Where public keys are, any of which may have signed: `file:/path`, `secret:NAMESPACE/NAME#FIELD` or `configmap:NAMESPACE/NAME#FIELD`', listOfValues(KEY_PLACE), { default: [] }),
  keyless: new EntryList('Who may have signed without a key, as Fulcio certified; any of them will do', 'a list of signers', {
    issuer: key('URL of the OpenID Connect provider that knows the signer', URL),
    issuerRegExp: key('The same as an expression (RE2) that matches all of it', EXPRESSION),
    identity: key('The name in the certificate: the URL of a workflow, an e-mail address', textLine('a name')),
    identityRegExp: key('The same as an expression (RE2) that matches all of it', EXPRESSION),
  }),
  requireSignature: key('The image must be signed; without it an attestation is enough', YES_OR_NO, { default: true }),
  attestations: new EntryList('Statements about the image that must be there, signed as the image must be; all of them', 'a list of attestations', {
    type: key('`slsaprovenance` for SLSA provenance, or the URI of a predicate type', PREDICATE_TYPE, { required: true }),
    builder: key('Id of the builder in SLSA provenance', textLine('the id of a builder')),
    builderRegExp: key('The same as an expression (RE2) that matches all of it', EXPRESSION),
    sourceRepository: key('Git remote that the image was built from, by SLSA provenance, in any spelling', SOURCE),
    sourceRepositoryRegExp: key('The same as an expression (RE2) that matches all of the URL, without the revision', EXPRESSION),
  }),
  requireLog: key('What is signed without a key must be in a transparency log; without it a signed timestamp is needed', YES_OR_NO, { default: true }),
  requireTimestamp: key('What is signed without a key must have a timestamp of an authority', YES_OR_NO, { default: false }),
  requireSct: key('The certificate of the signer must be in a certificate transparency log', YES_OR_NO, { default: true }),
  trustRoot: key('What keyless signatures are verified by: `public` (that of `gates.tuf`), `file:/path` or `configmap:NAMESPACE/NAME#FIELD`', TRUST_ROOT, { default: 'public' }),
};

export type SignaturePolicyEntry = CheckedRows<typeof SIGNATURE_POLICY>;
