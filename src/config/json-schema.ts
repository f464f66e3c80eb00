import * as z from 'zod';
import { configFileSchema } from './schema.ts';

/** The JSON schema of the configuration file, for editors; `config/lynceus.schema.json` is this. */
export function configJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(configFileSchema, { io: 'input' });
  return { $schema, title: 'lynceus.yaml', description: 'Configuration of Lynceus', ...schema };
}
