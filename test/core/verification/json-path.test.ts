import { describe, expect, it } from 'vitest';
import { parseJsonPath, valuesAt } from '../../../src/core/verification/json-path.ts';
import { caught } from '../../helpers/thrown.ts';

const ANSWER = {
  status: 'ok',
  'a b': { 'c.d': 1 },
  checks: [
    { name: 'db', ok: true },
    { name: 'cache', ok: false },
  ],
  none: null,
  length: 3,
};

describe('a JSON path', () => {
  it.each([
    ['$', [ANSWER]],
    ['$.status', ['ok']],
    ['status', ['ok']],
    ['.status', ['ok']],
    ['{$.status}', ['ok']],
    ['{.status}', ['ok']],
    [`$['a b']["c.d"]`, [1]],
    ['$.checks[0].name', ['db']],
    ['$.checks[-1].name', ['cache']],
    ['$.checks[*].ok', [true, false]],
    ['$.checks.*.ok', [true, false]],
    ['$.checks[2].ok', []],
    ['$.checks[-3]', []],
    ['$.checks.length', []],
    ['$.none', [null]],
    ['$.none.x', []],
    ['$.length', [3]],
    ['$.missing', []],
    ['$status', []],
    ['$.toString', []],
    ['$.__proto__', []],
    ['$.status.length', []],
    ['$.status[0]', []],
    ['$[0]', []],
  ])('%s', (path, values) => {
    expect(valuesAt(ANSWER, parseJsonPath(path))).toEqual(values);
  });

  it.each(['$..name', '$.checks[?(@.ok)]', '$.checks[0:1]', '$.', '$.checks[', '$[x]', '$.a b', '[01x]'])(
    '%s is refused',
    (path) => {
      const error = caught(() => parseJsonPath(path));
      expect(error.code).toBe('config-invalid');
      expect(error.message).toContain('expected a JSON path such as $.status or $.checks[*].ok, found ');
    },
  );
});
