// The plain reading: the same sentences without what only engineers weigh. A claim stays as it is.

/** Frame numbers, header values and confidences that stand in parentheses at the end of a sentence, left out. */
export function plainly(text: string): string {
  return text
    .replace(/\s*[(（][^()（）]*[)）](?=\s*[.。]?\s*$)/u, '')
    .replace(/\s+([.。])/gu, '$1')
    .trim();
}
