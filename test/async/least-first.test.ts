import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createLeastFirst } from '../../src/async/least-first.ts';

interface Item {
  readonly name: number;
  size: number;
}

const steps = fc.array(
  fc.record({
    name: fc.nat({ max: 12 }),
    size: fc.nat({ max: 20 }),
    does: fc.constantFrom('put', 'put', 'delete'),
  }),
  { maxLength: 60 },
);

test('the first is the least of what is there, whatever was put, changed and taken away', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const least = createLeastFirst<Item>((one, other) =>
        one.size === other.size ? one.name < other.name : one.size < other.size,
      );
      const items = new Map<number, Item>();
      const there = new Set<Item>();
      for (const { name, size, does } of all) {
        const item = items.get(name) ?? { name, size };
        items.set(name, item);
        if (does === 'delete') {
          there.delete(item);
          least.delete(item);
        } else {
          item.size = size;
          there.add(item);
          least.put(item);
        }
        const [expected] = [...there].toSorted((a, b) => a.size - b.size || a.name - b.name);
        expect(least.first()).toBe(expected);
      }
    }),
  );
});
