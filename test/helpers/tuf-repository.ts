import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';

type Role = 'root' | 'timestamp' | 'snapshot' | 'targets';

const ROLES: readonly Role[] = ['root', 'timestamp', 'snapshot', 'targets'];
const DAY = 86_400_000;

export interface TufKey {
  readonly id: string;
  readonly public: string;
  readonly private: KeyObject;
}

export interface TufWish {
  readonly trustedRoot: string;
  /** Of everything but the root. */
  readonly version?: number;
  /** Milliseconds from now until the timestamp expires; three days unless given. */
  readonly life?: number;
  /** Who signs the timestamp, if not the key of the root. */
  readonly timestampBy?: TufKey;
  /** Roots after the first, each signed by the key before it, too. */
  readonly rotatedTo?: readonly TufKey[];
}

export function createTufKey(): TufKey {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url');
  return {
    id: createHash('sha256').update(raw).digest('hex'),
    public: raw.toString('hex'),
    private: privateKey,
  };
}

/** The files of a TUF repository with one key for all roles, by their paths (The Update Framework, "Document formats"). */
export function tufRepository(
  first: TufKey,
  { trustedRoot, version = 1, life = 3 * DAY, timestampBy, rotatedTo = [] }: TufWish,
): Readonly<Record<string, string>> {
  const expires = (after: number) => new Date(Date.now() + after).toISOString().replace(/\.\d+Z$/, 'Z');
  const common = (type: Role, number: number, after = 365 * DAY) => ({
    _type: type,
    spec_version: '1.0.31',
    version: number,
    expires: expires(after),
  });
  const keys = [first, ...rotatedTo];
  const key = keys.at(-1) ?? first;
  const roots = keys.map((one, index): [string, string] => {
    const roles = Object.fromEntries(ROLES.map((role) => [role, { keyids: [one.id], threshold: 1 }]));
    const keyval = { public: one.public };
    const signed = {
      ...common('root', index + 1),
      consistent_snapshot: true,
      keys: { [one.id]: { keytype: 'ed25519', scheme: 'ed25519', keyval } },
      roles,
    };
    const before = keys[index - 1];
    return [`${index + 1}.root.json`, signedBy(signed, before === undefined ? [one] : [before, one])];
  });
  const hash = createHash('sha256').update(trustedRoot).digest('hex');
  const target = { length: Buffer.byteLength(trustedRoot), hashes: { sha256: hash } };
  const targets = signedBy({ ...common('targets', version), targets: { 'trusted_root.json': target } }, [
    key,
  ]);
  const snapshot = signedBy({ ...common('snapshot', version), meta: { 'targets.json': { version } } }, [key]);
  const timestamp = signedBy(
    { ...common('timestamp', version, life), meta: { 'snapshot.json': { version } } },
    [timestampBy ?? key],
  );
  return {
    ...Object.fromEntries(roots),
    'timestamp.json': timestamp,
    [`${version}.snapshot.json`]: snapshot,
    [`${version}.targets.json`]: targets,
    [`targets/${hash}.trusted_root.json`]: trustedRoot,
  };
}

function signedBy(signed: object, keys: readonly TufKey[]): string {
  const bytes = Buffer.from(canonical(signed));
  const signatures = keys.map((key) => ({
    keyid: key.id,
    sig: sign(null, bytes, key.private).toString('hex'),
  }));
  return JSON.stringify({ signed, signatures });
}

/** Canonical JSON, for texts without quotes and backslashes. */
function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, one]) => `${JSON.stringify(key)}:${canonical(one)}`).join(',')}}`;
}
