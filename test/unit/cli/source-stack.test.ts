import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { sourceStack } from '../../../src/cli/source-stack.ts';

let folder: string;
let bundle: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'slipway-stack-'));
  bundle = join(folder, 'dist', 'program.js');
  await build({
    stdin: {
      contents: '\n\nexport function fails() {\n  throw new Error("no");\n}\n',
      sourcefile: 'src/room/file.ts',
      resolveDir: folder,
    },
    absWorkingDir: folder,
    outfile: bundle,
    bundle: true,
    format: 'cjs',
    minifySyntax: true,
    minifyWhitespace: true,
    minifyIdentifiers: true,
    sourcemap: 'external',
    sourcesContent: false,
  });
  writeFileSync(`${bundle}.map.gz`, gzipSync(readFileSync(`${bundle}.map`)));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Where a text stands in the bundle, as a stack trace says it. */
function placeOf(text: string): string {
  const lines = readFileSync(bundle, 'utf8').split('\n');
  const line = lines.findIndex((content) => content.includes(text));
  return `${bundle}:${line + 1}:${(lines[line] ?? '').indexOf(text) + 1}`;
}

test('what is in a part of the program is shown by file and line of the source, and the rest as it is', () => {
  const rest = 'at process.processTicksAndRejections (node:internal/process/task_queues:95:5)';
  const place = placeOf('new Error');
  const stack = `Error: no\n    at o (${place})\n    at async Te.ask (${place})\n    at ${place}\n    ${rest}`;
  const shown = 'src/room/file.ts:4:9';
  expect(sourceStack(stack, join(folder, 'dist'))).toBe(
    `Error: no\n    at ${shown}\n    at async ${shown}\n    at ${shown}\n    ${rest}`,
  );
});

test('without a map beside it it stays as it is', () => {
  const stack = 'Error: no\n    at fails (/nowhere/program.js:1:2)';
  expect(sourceStack(stack, '/nowhere')).toBe(stack);
});
