/** How the program is run. */
export interface SlipwayOptions {
  /** On top of PATH, HOME and TMPDIR, which is all that is handed on from here. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** For stdin, which is otherwise empty. */
  readonly input?: string;
  /** Ends it with SIGKILL. */
  readonly signal?: AbortSignal;
  /** Another bundle than the one in dist/. */
  readonly bundle?: string;
  /** The command that runs it, e.g. `ip netns exec NAME`; without one it is run as it is. */
  readonly beneath?: readonly string[];
  /** An argument is a URL with its password, as a person may give one. */
  readonly hasSecretArgument?: boolean;
  /** It takes something from a process of its own: modules that change between runs, what Node itself writes. */
  readonly ownProcess?: boolean;
}
