import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { LAZY_APP } from '../../src/cli/command-context.ts';
import { readTree } from '../../src/cli/completion/tree.ts';
import { buildProgram } from '../../src/cli/program.ts';
import {
  convertOutput,
  lintOutput,
  permissionsOutput,
  pipelineOutput,
  planOutput,
  testOutput,
  notifyOutput,
  verifyOutput,
  versionOutput,
  overrideOutput,
  pauseOutput,
} from '../../src/cli/render/json-contract.ts';
import { explainOutput, statusOutput } from '../../src/cli/render/status-contract.ts';

const page = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');

const silent = { write: () => true };
const program: Command = await buildProgram({
  io: {
    self: 'lynceus',
    argv: [],
    env: {},
    stdout: silent,
    stderr: silent,
    signal: new AbortController().signal,
  },
  app: LAZY_APP,
  finish: () => undefined,
});
const tree = readTree(program);

describe('docs/cli.md', () => {
  const text = page('docs/cli.md');

  it('has a section for each command, and for no other', () => {
    const sections = [...text.matchAll(/^## lynceus (\w+)$/gm)].map(([, name]) => name);
    expect(new Set(sections)).toEqual(new Set(tree.commands.map(({ name }) => name)));
  });

  it('has each command with the description of its help', () => {
    for (const { name, description } of tree.commands)
      expect(text).toMatch(new RegExp(`^lynceus ${name} +${description}$`, 'm'));
  });

  it('names every option, and none that does not exist', () => {
    const options = new Set(tree.commands.flatMap((command) => command.options.map(({ long }) => long)));
    const named = new Set([...text.matchAll(/(?<![\w-])--[a-z][a-z-]*/g)].map(([flag]) => flag));
    // Named on the page as examples of what is refused, or as an option of the program itself.
    for (const other of ['--argocd-grpc-web', '--version']) named.delete(other);
    expect([...named].sort()).toEqual([...options].sort());
  });

  it('says truly which command takes which setting', () => {
    const rows = [...text.matchAll(/^\| (`--[^|\n]*) \|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|([^|\n]*)\|$/gm)];
    expect(rows.length).toBeGreaterThan(5);
    for (const [, flags = '', ...cells] of rows) {
      for (const [flag] of flags.matchAll(/--[a-z-]+/g)) {
        const takers = ['run', 'plan', 'test', 'lint'].filter((name) =>
          tree.commands.find((command) => command.name === name)?.options.some(({ long }) => long === flag),
        );
        const claimed = ['run', 'plan', 'test', 'lint'].filter(
          (_, column) => cells[column]?.trim() === 'yes',
        );
        expect([flag, takers]).toEqual([flag, claimed]);
      }
    }
  });
});

describe('docs/json-output.md', () => {
  const text = page('docs/json-output.md');
  const schemas: readonly [string, z.ZodType][] = [
    ['plan', planOutput],
    ['test', testOutput],
    ['verify', verifyOutput],
    ['notify', notifyOutput],
    ['lint', lintOutput],
    ['convert', convertOutput],
    ['permissions', permissionsOutput],
    ['pipeline', pipelineOutput],
    ['hold', overrideOutput],
    ['pause', pauseOutput],
    ['version', versionOutput],
    ['explain', explainOutput],
    ['status', statusOutput],
  ];
  it.each(schemas)('holds the JSON Schema of %s', (name, schema) => {
    const section = text.split(`## lynceus ${name}\n`)[1] ?? '';
    const block = /```json\n([\s\S]*?)\n```/.exec(section)?.[1] ?? 'null';
    expect(JSON.parse(block)).toEqual(JSON.parse(JSON.stringify(z.toJSONSchema(schema, { io: 'input' }))));
  });

  it.each(schemas)('has a code wherever %s says how something ended, or what is wrong', (name, schema) => {
    const ended = objectsIn(z.toJSONSchema(schema, { io: 'input' })).filter((keys) =>
      ['outcome', 'message', 'writer'].some((key) => keys.includes(key)),
    );
    expect(ended.filter((keys) => !keys.includes('code'))).toEqual([]);
    expect(ended).toHaveLength(
      { plan: 4, lint: 2, convert: 2, hold: 1, permissions: 2, pipeline: 2, explain: 1, status: 7 }[name] ??
        0,
    );
  });
});

/** The keys of each object in a JSON Schema. */
function objectsIn(schema: unknown): readonly (readonly string[])[] {
  if (typeof schema !== 'object' || schema === null) return [];
  const { properties } = schema as { readonly properties?: Readonly<Record<string, unknown>> };
  const below = Object.values(schema).flatMap(objectsIn);
  return properties === undefined ? below : [Object.keys(properties), ...below];
}
