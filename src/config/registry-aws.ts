import { shown } from './faults.ts';

/** What an entry says of AWS, as somebody wrote it. */
export interface AwsKeys {
  readonly prefix?: string | undefined;
  readonly credentials?: string | undefined;
  readonly awsRoleArn?: string | undefined;
  readonly awsExternalId?: string | undefined;
}

/** As whom Amazon ECR is asked. */
export interface RegistryAws {
  /** ARN of the role to assume; `undefined` is the process's own AWS identity. */
  readonly awsRoleArn?: string | undefined;
  readonly awsExternalId?: string | undefined;
}

type AddFault = (key: keyof AwsKeys, message: string) => void;

const ROLE_ARN = /^arn:aws(?:-[a-z]+)*:iam::\d{12}:role\/[\w+=,.@/-]{1,576}$/;
/** AWS STS API Reference, AssumeRole. */
const EXTERNAL_ID = /^[\w+=,.@:/-]{2,1224}$/;
const ECR_PREFIX = /^\d{12}\.dkr[.-]ecr/;

/** Checks the keys of an entry that are about AWS; what is wrong becomes faults. */
export function awsRoleOf(keys: AwsKeys, fault: AddFault): RegistryAws {
  const awsRoleArn = textOf(keys.awsRoleArn);
  const awsExternalId = textOf(keys.awsExternalId);
  if (awsExternalId !== undefined && !EXTERNAL_ID.test(awsExternalId))
    fault('awsExternalId', 'expected 2 to 1224 letters, digits or characters of _+=,.@:/-');
  if (awsRoleArn === undefined) {
    if (awsExternalId !== undefined) fault('awsExternalId', 'is only for an entry with the role to assume');
    return {};
  }
  if (!ROLE_ARN.test(awsRoleArn))
    fault(
      'awsRoleArn',
      `expected a role such as arn:aws:iam::123456789012:role/pull, found ${shown(awsRoleArn)}`,
    );
  if (!ECR_PREFIX.test(textOf(keys.prefix) ?? ''))
    fault('awsRoleArn', 'is only for Amazon ECR; expected its host as the prefix');
  if (textOf(keys.credentials) !== undefined)
    fault('awsRoleArn', 'has no effect beside credentials, which are the login then; remove one of them');
  return { awsRoleArn, awsExternalId };
}

function textOf(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  return trimmed === '' ? undefined : trimmed;
}
