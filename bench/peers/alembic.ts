import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Step } from '../history.ts';
import type { Found } from '../peer.ts';
import { commandIn } from './commands.ts';
import { askInterpreter, findProgram } from './programs.ts';
import { writeFiles } from './project.ts';

const name = 'Alembic';
const install = 'Debian: apt-get install alembic python3-psycopg2';
const question = 'import alembic, psycopg2; print(alembic.__version__)';

/**
 * Alembic, where this machine has it with psycopg2.
 *
 * @param root of the project.
 */
export function findAlembic(root: string): Found {
  const program = findProgram('alembic');
  if (program === undefined) return { name, why: `it is not installed (${install})` };
  const version = askInterpreter(program, ['-c', question]);
  if (version === null) return { name, why: `its Python has no psycopg2 (${install})` };
  return {
    name,
    version,
    runsOn: 'python',
    unit: 'migration',
    prepare(folder, history) {
      writeFiles(folder, [
        ['alembic.ini', '[alembic]\nscript_location = alembic\n'],
        ...history.map(
          (step, index) =>
            [`alembic/versions/${step.version}_${step.name}.py`, revision(step, history[index - 1])] as const,
        ),
      ]);
      copyFileSync(join(root, 'bench', 'peers', 'alembic-env.py'), join(folder, 'alembic', 'env.py'));
    },
    command: (folder, target) => commandIn(folder, target, [program, 'upgrade', 'head']),
  };
}

/** What JSON writes of a string, Python reads alike. */
const revision = ({ version, name, sql }: Step, previous: Step | undefined): string => `"""${name}"""

from alembic import op

revision = "${version}"
down_revision = ${previous ? `"${previous.version}"` : 'None'}


def upgrade():
    op.execute(${JSON.stringify(sql)})


def downgrade():
    pass
`;
