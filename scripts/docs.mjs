// npm run docs: writes the generated parts of the pages. Recorded output comes from the built program, run on an
// embedded PostgreSQL.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const outfile = join(root, '.cache/docs/parts.mjs');
await build({
  stdin: {
    contents: ['parts', 'picture', 'recordings', 'report-example', 'schemas', 'text']
      .map((name) => `export * from './scripts/docs/${name}.ts';`)
      .concat("export { startEmbedded } from './src/shadow/embedded.ts';")
      .join('\n'),
    resolveDir: root,
  },
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  packages: 'external',
  alias: { '@rushstack/ts-command-line': './scripts/build/absent.cjs' },
  loader: { '.sql': 'text' },
  logLevel: 'warning',
  outfile,
});
const {
  fillParts,
  jobFiles,
  measured,
  pages,
  partsOf,
  record,
  reportExamples,
  startEmbedded,
  takePicture,
  withFinalCodes,
  writtenParts,
  writtenSchemas,
} = await import(outfile);

for (const [file, text] of writtenSchemas(root)) writeFileSync(join(root, file), text);

for (const file of jobFiles) {
  writeFileSync(join(root, file), withFinalCodes(readFileSync(join(root, file), 'utf8')));
}

const server = await startEmbedded();
try {
  const recordings = await record(server, join(root, 'dist/slipway.js'), root);
  const parts = new Map([...(await writtenParts(root)), ...recordings]);
  for (const page of pages) {
    const path = join(root, page);
    const text = readFileSync(path, 'utf8');
    const kept = [...partsOf(text)].filter(([name]) => measured.includes(name));
    const filled = fillParts(text, new Map([...parts, ...kept]));
    if (filled === text) continue;
    writeFileSync(path, filled);
    console.log(page);
  }
  for (const [page, text] of await reportExamples(server, join(root, 'dist/slipway.js'), root)) {
    const path = join(root, page);
    const picture = path.replace(/\.html$/, '.png');
    const isNew = !existsSync(path) || readFileSync(path, 'utf8') !== text;
    if (isNew) {
      writeFileSync(path, text);
      console.log(page);
    }
    if (picture !== path && (isNew || !existsSync(picture))) console.log(await takePicture(path, picture));
  }
} finally {
  await server.stop('immediate');
}
