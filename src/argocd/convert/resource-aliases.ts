import { aliasInKeys } from '../annotations.ts';
import type { ImageListItem } from '../image-list.ts';

/** What an `ImageUpdater` allows. */
const ALIAS = /^[a-zA-Z0-9][a-zA-Z0-9._-]*$/;

/** An alias for each image of a list that a resource allows: its own where that can be, and each another one. */
export function aliasesFor(list: readonly ImageListItem[]): readonly string[] {
  const taken = new Set(list.map(({ alias }) => alias).filter((alias) => ALIAS.test(alias)));
  return list.map((item) => {
    if (ALIAS.test(item.alias)) return item.alias;
    const alias = freeAlias(item, taken);
    taken.add(alias);
    return alias;
  });
}

function freeAlias(item: ImageListItem, taken: ReadonlySet<string>): string {
  const written = item.alias === '' ? nameIn(item) : aliasInKeys(item.alias);
  const base = written.replaceAll(/[^a-zA-Z0-9._-]/g, '-').replace(/^[^a-zA-Z0-9]+/, '') || 'image';
  let alias = base;
  for (let number = 2; taken.has(alias); number += 1) alias = `${base}-${number}`;
  return alias;
}

/** The last part of the name. */
function nameIn(item: ImageListItem): string {
  return item.kind === 'image' ? (item.image.name.split('/').at(-1) ?? '') : '';
}
