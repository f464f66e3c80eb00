import { onTestFinished, vi } from 'vitest';
import { createEcrApi } from '../../src/aws/create-ecr-api.ts';
import type { EcrApi } from '../../src/aws/ecr-api.ts';
import { readEcrHost, type AwsEntry, type EcrRegistry } from '../../src/aws/ecr-registry.ts';
import { createHttpClient } from '../../src/http/client.ts';
import {
  ECR_HOST,
  startEcrStandIn,
  type EcrStandIn,
  type EcrStandInOptions,
} from '../helpers/ecr-stand-in.ts';

export interface AskingEcr {
  readonly standIn: EcrStandIn;
  readonly api: EcrApi;
  /** Each attempt, as `tags 400`. */
  readonly requests: readonly string[];
}

/** Until the test is finished. */
export function stubEnv(env: Readonly<Record<string, string | undefined>>): void {
  onTestFinished(() => void vi.unstubAllEnvs());
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
}

/** The API of Amazon ECR through the real SDK, which asks a stand-in. Stopped after the test. */
export async function askEcr(options?: EcrStandInOptions): Promise<AskingEcr> {
  const standIn = await startEcrStandIn(options);
  onTestFinished(() => standIn.stop());
  stubEnv(standIn.env);
  const client = createHttpClient({
    userAgent: 'lynceus/test',
    codes: {
      unreachable: 'registry-unreachable',
      tooLarge: 'registry-response-too-large',
      invalid: 'registry-response-invalid',
    },
  });
  onTestFinished(() => client.close());
  const requests: string[] = [];
  const api = createEcrApi((kind) => async (request, signal) => {
    const response = await client.send(request, signal);
    requests.push(`${kind} ${response.status}`);
    return response;
  });
  return { standIn, api, requests };
}

export function anEcrRegistry(entry?: AwsEntry, host = ECR_HOST): EcrRegistry {
  const registry = readEcrHost(host, entry);
  if (registry === undefined) throw new Error(`${host} is no registry of Amazon ECR`);
  return registry;
}
