/** One setting, as `--help`, the README's table and the reading of the configuration know it. */
export interface Setting {
  readonly variable: string;
  /** `--wait-timeout`; null where there is no flag, as for secrets, which must not stand in argv. */
  readonly flag: string | null;
  /** The placeholder for the flag's value in `--help`; null: there is no flag or it takes no value. */
  readonly placeholder: string | null;
  /** The default, as text; empty where there is none. */
  readonly fallback: string;
  /** One phrase, without a full stop. */
  readonly summary: string;
  /** Never shown; may be given as `<VARIABLE>_FILE`. */
  readonly isSecret: boolean;
}
