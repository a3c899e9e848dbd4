/** All that is sent is UTF-8, whatever the file that it comes from says. */
export const asUtf8 = "SET client_encoding TO 'UTF8'";

/** A string literal, quoted for SQL, whatever standard_conforming_strings says (PostgreSQL docs 4.1.2.2). */
export const literal = (text: string): string =>
  `${text.includes('\\') ? ' E' : ''}'${text.replace(/['\\]/g, '$&$&')}'`;

/** An identifier, quoted for SQL. */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
