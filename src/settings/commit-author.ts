import { parsed, textLine, type ValueType } from './value-type.ts';

/** A person as git names one. */
export interface CommitAuthor {
  readonly name: string;
  readonly email: string;
}

const AUTHOR = /^([^<>]*[^<>\s])\s*<([^\s<>@]+@[^\s<>@]+)>$/;

/** `image-bot <bot@example.com>`. */
export const COMMIT_AUTHOR: ValueType<string, CommitAuthor> = parsed(
  textLine('a name and an e-mail address such as image-bot <bot@example.com>', AUTHOR),
  (text) => {
    const [, name = '', email = ''] = AUTHOR.exec(text) ?? [];
    return { name: name.trim(), email };
  },
);
