const shown = '***';
/** What is shorter would take words out of every message, and keeps no secret. */
const shortest = 6;

/**
 * Makes what takes secrets out of a text that others read: as they are, line by line, as SQL and JSON escape them, and
 * where a message was cut off with `…` in the middle of one.
 */
export function redacting(secrets: readonly string[]): (text: string) => string {
  const forms = [...new Set(secrets.flatMap(formsOf))].sort((a, b) => b.length - a.length);
  return (text) => forms.reduce((left, form) => withoutBeginning(left.replaceAll(form, shown), form), text);
}

function formsOf(secret: string): string[] {
  const quoted = secret.replaceAll("'", "''");
  return [secret, quoted, quoted.replaceAll('\\', '\\\\')]
    .flatMap((text) => [text, ...text.split(/\r?\n/)])
    .flatMap((text) => [text, JSON.stringify(text).slice(1, -1)])
    .filter((form) => form.length >= shortest);
}

/** Without what begins the form and ends before a `…`. */
function withoutBeginning(text: string, form: string): string {
  return text.replace(/[^\u2026]+(?=\u2026)/g, (before) => {
    for (let length = Math.min(form.length, before.length); length >= shortest; length -= 1)
      if (before.endsWith(form.slice(0, length))) return before.slice(0, -length) + shown;
    return before;
  });
}
