const switches: Readonly<Record<string, string>> = {
  DISABLED: 'DISABLE',
  'ENABLE REPLICA': 'ENABLE REPLICA',
  'ENABLE ALWAYS': 'ENABLE ALWAYS',
};

/** A definition without the word at its end that says when it fires; that word as ALTER takes it. */
export function switchOf(text: string): { readonly definition: string; readonly state: string | null } {
  const [, definition = text, word = ''] =
    /^([\s\S]*?);?(?: (DISABLED|ENABLE REPLICA|ENABLE ALWAYS))?$/.exec(text) ?? [];
  return { definition, state: switches[word] ?? null };
}

/** A trigger's or rule's definition, and the words at its end that say how it is switched. */
export const stateOf = (text: string): { readonly definition: string; readonly state: string } => {
  const [, state = ''] = / (DISABLED|ENABLE REPLICA|ENABLE ALWAYS)$/.exec(text) ?? [];
  return { definition: state === '' ? text : text.slice(0, -state.length - 1), state };
};

/** `DISABLED`, `ENABLE REPLICA` ... as ALTER says it, with what it is said of. */
export const switched = (state: string, what: string): string =>
  `${state === 'DISABLED' ? 'DISABLE' : state || 'ENABLE'} ${what}`;
