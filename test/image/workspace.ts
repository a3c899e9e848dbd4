import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

/** A temporary directory with files that containers mount, and that whatever user they run as can read. */
export class Workspace {
  readonly directory: string;

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'slipway-'));
    chmodSync(this.directory, 0o755);
  }

  /** Writes a file; returns its full path. */
  file(path: string, text: string, mode = 0o644): string {
    const full = join(this.directory, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, text);
    chmodSync(full, mode);
    return full;
  }

  /** Writes a baseline whose SQL fails: `up` ends with 65, and nothing is applied. */
  brokenBaseline(): string {
    return this.file('broken.sql', '-- slipway: version 20251127101038\nselect no_such_column;\n');
  }

  /** Writes migrations; returns the `docker run` arguments that put them in the image. */
  migrations(name: string, files: Readonly<Record<string, string>>): string[] {
    for (const [path, text] of Object.entries(files)) this.file(join(name, path), text);
    return ['-v', `${join(this.directory, name)}:/slipway/migrations:ro`];
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
