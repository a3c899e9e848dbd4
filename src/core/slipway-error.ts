import { type Failure, type Place, WordedError, type Wording } from './errors.ts';
import { oneLine, printableName } from './printable.ts';
import { maskSecrets } from './redact-sql.ts';

/** `file:line:column`, as editors and terminals link it. */
export function formatPlace(place: Place): string {
  return printableName([place.file, place.line, place.column].filter((part) => part !== undefined).join(':'));
}

const masked = (text: string): string => oneLine(maskSecrets(text));

const wording: Wording = {
  message: masked,
  remedy: masked,
  detail: (line) => maskSecrets(line.replaceAll(/[\r\n\u2028\u2029]+/g, ' ')),
  place: formatPlace,
};

/**
 * Every failure that Slipway foresees. What is not one of these is a bug (70). Whatever a message quotes, it is one
 * line, and shows no password, also before the settings are read that say which texts are secrets.
 */
export class SlipwayError extends WordedError {
  override readonly name: string = 'SlipwayError';

  constructor(failure: Failure, options?: { cause?: unknown }) {
    super(failure, wording, options);
  }
}

/** Wrong configuration; lists every problem that was found, not just the first. */
export class ConfigError extends SlipwayError {
  override readonly name = 'ConfigError';
  readonly problems: readonly ConfigProblem[];

  constructor(problems: readonly ConfigProblem[]) {
    const [first] = problems;
    super({
      exit: 'config',
      message:
        problems.length === 1 && first
          ? `${first.name}: ${first.message}`
          : `${problems.length} settings are wrong`,
      detail: problems.length === 1 ? undefined : problems.map((p) => `${p.name}: ${p.message}. ${p.remedy}`),
      remedy: problems.length === 1 && first ? first.remedy : 'Correct each of them and start again.',
      ...(problems.length > 1 && {
        problems: problems.map(({ name, message, remedy }) => ({
          exit: 'config',
          message: masked(`${name}: ${message}`),
          remedy: masked(remedy),
        })),
      }),
    });
    this.problems = problems;
  }
}

export interface ConfigProblem {
  /** The variable, flag or file as the person wrote it, e.g. `PGPORT` or `.env.testing: DATABASE_URL`. */
  readonly name: string;
  /** What is wrong with it; never holds a secret. */
  readonly message: string;
  readonly remedy: string;
}
