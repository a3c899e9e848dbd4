/** A text on one line: control characters, which a file's name or a server's message may hold, become a blank. */
export const oneLine = (text: string): string => text.replaceAll(/[\p{Cc}\u2028\u2029]+/gu, ' ');
