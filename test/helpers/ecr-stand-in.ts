import { createHash, createHmac } from 'node:crypto';
import { startStandIn, type Answer, type Seen } from './registry-stand-in.ts';

export const ACCOUNT = '123456789012';
export const ECR_HOST = `${ACCOUNT}.dkr.ecr.eu-central-1.amazonaws.com`;

/** The key that the environment of the stand-in names. */
export const STATIC_KEY = { id: 'AKIDEXAMPLE', secret: 'very-secret-key' };

const POD_TOKEN_PATH = '/pod-identity';

export interface StandInImage {
  readonly digest: string;
  readonly tags: readonly string[];
  /** Seconds since 1970, as the API says it. */
  readonly pushedAt?: number;
  readonly artifactMediaType?: string;
}

export interface EcrStandInOptions {
  readonly repositories?: Readonly<Record<string, readonly StandInImage[]>>;
  /** Password of the user `AWS` that GetAuthorizationToken gives; the caller is put behind it unless it is said. */
  readonly password?: string;
  /** Images a page, where the client asks for more. */
  readonly pageSize?: number;
  /** External IDs that roles ask for, by ARN. A role that is not here cannot be assumed. */
  readonly roles?: Readonly<Record<string, string | undefined>>;
  /** The only web identity token (IRSA) or Pod Identity token that is taken. */
  readonly podToken?: string;
}

/** One call as it was understood: `DescribeImages eu-central-1 by AKIDEXAMPLE`. */
export interface EcrStandIn {
  readonly url: string;
  /** What makes the SDK ask here, with the static key. */
  readonly env: Readonly<Record<string, string>>;
  /** Where Pod Identity gives credentials. */
  readonly podIdentityUrl: string;
  readonly calls: readonly string[];
  /** Input of each call of this name. */
  inputs(operation: string): readonly Readonly<Record<string, unknown>>[];
  /** The next calls of this name are answered so, one each. */
  failNext(operation: string, ...answers: readonly Answer[]): void;
  stop(): Promise<void>;
}

interface Key {
  readonly secret: string;
  readonly session: string | undefined;
}

/**
 * The APIs of Amazon ECR (JSON 1.1), STS (query) and EKS Pod Identity, as far as they are asked. Every signature is
 * checked as AWS does (Signature Version 4), so a header or body that was changed on its way is refused.
 */
export async function startEcrStandIn({
  repositories = {},
  password,
  pageSize = 1000,
  roles = {},
  podToken = '',
}: EcrStandInOptions = {}): Promise<EcrStandIn> {
  const calls: string[] = [];
  const inputs = new Map<string, Readonly<Record<string, unknown>>[]>();
  const faults = new Map<string, Answer[]>();
  const keys = new Map<string, Key>([[STATIC_KEY.id, { secret: STATIC_KEY.secret, session: undefined }]]);

  function newKey(id: string): Readonly<Record<string, string>> {
    const key = { secret: `secret of ${id}`, session: `session of ${id}` };
    keys.set(id, key);
    return {
      AccessKeyId: id,
      SecretAccessKey: key.secret,
      Token: key.session,
      SessionToken: key.session,
      Expiration: new Date(Date.now() + 3_600_000).toISOString(),
    };
  }

  function handle(seen: Seen): Answer {
    if (seen.url.pathname === POD_TOKEN_PATH) return givePodIdentity(seen);
    const target = seen.headers['x-amz-target'];
    const form = new URLSearchParams(seen.body);
    const operation = typeof target === 'string' ? (target.split('.')[1] ?? '') : (form.get('Action') ?? '');
    const input =
      typeof target === 'string'
        ? (JSON.parse(seen.body) as Record<string, unknown>)
        : Object.fromEntries(form);
    const signer = operation === 'AssumeRoleWithWebIdentity' ? undefined : readSigner(seen, keys);
    calls.push(`${operation} ${signer === undefined ? 'unsigned' : `${signer.region} by ${signer.id}`}`);
    inputs.set(operation, [...(inputs.get(operation) ?? []), input]);
    const fault = faults.get(operation)?.shift();
    if (fault !== undefined) return fault;
    if (signer?.fault !== undefined)
      return typeof target === 'string' ? ecrError(signer.fault) : stsError(signer.fault);
    switch (operation) {
      case 'GetAuthorizationToken':
        return giveToken(signer?.id ?? '');
      case 'DescribeImages':
        return describeImages(input, repositories, pageSize);
      case 'AssumeRole':
        return assumeRole(input);
      case 'AssumeRoleWithWebIdentity':
        return input['WebIdentityToken'] === podToken
          ? stsAnswer(operation, newKey('ASIAWEBIDENTITY'))
          : stsError('InvalidIdentityToken');
      default:
        return ecrError('UnknownOperationException');
    }
  }

  function giveToken(caller: string): Answer {
    const text = Buffer.from(`AWS:${password ?? `password for ${caller}`}`).toString('base64');
    const expiresAt = Date.now() / 1000 + 43_200;
    return amzJson(200, { authorizationData: [{ authorizationToken: text, expiresAt }] });
  }

  function assumeRole({ RoleArn, ExternalId }: Readonly<Record<string, unknown>>): Answer {
    const arn = String(RoleArn);
    if (!Object.hasOwn(roles, arn) || roles[arn] !== ExternalId) return stsError('AccessDenied');
    return stsAnswer('AssumeRole', newKey(`ASIA${arn.split('/').at(-1)?.toUpperCase()}`));
  }

  function givePodIdentity(seen: Seen): Answer {
    calls.push('PodIdentity');
    if (seen.headers.authorization !== podToken) return { status: 401 };
    return {
      status: 200,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(newKey('ASIAPODIDENTITY')),
    };
  }

  const server = await startStandIn(handle);
  return {
    url: server.url,
    env: {
      AWS_ENDPOINT_URL_ECR: server.url,
      AWS_ENDPOINT_URL_STS: server.url,
      AWS_ACCESS_KEY_ID: STATIC_KEY.id,
      AWS_SECRET_ACCESS_KEY: STATIC_KEY.secret,
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_CONFIG_FILE: '/nonexistent',
      AWS_SHARED_CREDENTIALS_FILE: '/nonexistent',
    },
    podIdentityUrl: `${server.url}${POD_TOKEN_PATH}`,
    calls,
    inputs: (operation) => inputs.get(operation) ?? [],
    failNext: (operation, ...answers) =>
      void faults.set(operation, [...(faults.get(operation) ?? []), ...answers]),
    stop: () => server.stop(),
  };
}

function describeImages(
  { repositoryName, registryId, maxResults = 100, nextToken, filter }: Readonly<Record<string, unknown>>,
  repositories: Readonly<Record<string, readonly StandInImage[]>>,
  pageSize: number,
): Answer {
  const images = repositories[String(repositoryName)];
  if (images === undefined) return ecrError('RepositoryNotFoundException');
  if (registryId !== ACCOUNT) return ecrError('RepositoryNotFoundException');
  const { tagStatus } = (filter ?? {}) as { readonly tagStatus?: string };
  const start = typeof nextToken === 'string' ? Number(nextToken.slice('after-'.length)) : 0;
  const size = Math.min(pageSize, Number(maxResults));
  // As the real one: the page is cut first and filtered then, so it may be empty and have a next one.
  const page = images
    .slice(start, start + size)
    .filter(({ tags }) => tagStatus !== 'TAGGED' || tags.length > 0);
  return amzJson(200, {
    imageDetails: page.map(({ digest, tags, pushedAt, artifactMediaType }) => ({
      registryId,
      repositoryName,
      imageDigest: digest,
      ...(tags.length === 0 ? {} : { imageTags: tags }),
      imagePushedAt: pushedAt,
      imageManifestMediaType: 'application/vnd.oci.image.manifest.v1+json',
      artifactMediaType,
    })),
    ...(start + size < images.length ? { nextToken: `after-${start + size}` } : {}),
  });
}

/** An error of Amazon ECR. The message quotes what nobody else may see, as those of AWS sometimes do. */
export function ecrError(name: string, status = 400): Answer {
  return amzJson(status, { __type: name, message: `Credential=${STATIC_KEY.id} ${STATIC_KEY.secret}` });
}

function amzJson(status: number, content: unknown): Answer {
  return {
    status,
    headers: { 'content-type': 'application/x-amz-json-1.1' },
    body: JSON.stringify(content),
  };
}

export function stsError(code: string, status = 403): Answer {
  return {
    status,
    headers: { 'content-type': 'text/xml' },
    body: `<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type><Code>${code}</Code><Message>${STATIC_KEY.secret}</Message></Error><RequestId>1</RequestId></ErrorResponse>`,
  };
}

function stsAnswer(
  operation: string,
  { AccessKeyId, SecretAccessKey, SessionToken, Expiration }: Readonly<Record<string, string>>,
): Answer {
  const credentials = Object.entries({ AccessKeyId, SecretAccessKey, SessionToken, Expiration })
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('');
  return {
    status: 200,
    headers: { 'content-type': 'text/xml' },
    body: `<${operation}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><${operation}Result><Credentials>${credentials}</Credentials></${operation}Result></${operation}Response>`,
  };
}

interface Signer {
  readonly id: string;
  readonly region: string;
  /** What AWS says of a signature that is not right. */
  readonly fault: string | undefined;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/(ecr|sts)\/aws4_request, SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/;

/** Signature Version 4 (AWS General Reference, "Create a signed AWS API request"), recomputed from what arrived. */
function readSigner({ method, url, headers, body }: Seen, keys: ReadonlyMap<string, Key>): Signer {
  const [, id = '', date = '', region = '', service = '', names = '', signature = ''] =
    AUTHORIZATION.exec(headers.authorization ?? '') ?? [];
  const key = keys.get(id);
  if (key === undefined) return { id, region, fault: 'UnrecognizedClientException' };
  if (headers['x-amz-security-token'] !== key.session) return { id, region, fault: 'ExpiredTokenException' };
  const signed = names.split(';').map((name) => `${name}:${String(headers[name]).trim()}\n`);
  const request = [method, url.pathname, '', signed.join(''), names, sha256(body)].join('\n');
  const scope = `${date}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', String(headers['x-amz-date']), scope, sha256(request)].join('\n');
  const derived = [date, region, service, 'aws4_request'].reduce<Buffer>(
    (from, part) => hmac(from, part),
    Buffer.from(`AWS4${key.secret}`),
  );
  const right = hmac(derived, text).toString('hex') === signature && names.split(';').includes('host');
  return { id, region, fault: right ? undefined : 'InvalidSignatureException' };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
