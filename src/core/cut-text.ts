/** At most so many bytes of UTF-8, cut at the end of a character and with `…` in place of the rest. */
export function cutText(text: string, longest: number): string {
  // A character of UTF-16 has three bytes at most.
  if (text.length * 3 <= longest) return text;
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= longest) return text;
  const kept = new TextDecoder().decode(bytes.subarray(0, longest - 3));
  return `${kept.replace(/\uFFFD+$/, '')}…`;
}
