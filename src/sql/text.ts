/** What of a string the reading of a file needs, so that a large file need not become one. */
export interface Text {
  readonly length: number;
  charCodeAt(index: number): number;
  codePointAt(index: number): number | undefined;
  indexOf(search: string, from?: number): number;
  lastIndexOf(search: string, from?: number): number;
  slice(start?: number, end?: number): string;
  /** All of it as a string. */
  toString(): string;
}
