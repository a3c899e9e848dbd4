import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { schemaChanges } from '../../../src/report/changes.ts';
import type { Report } from '../../../src/report/content.ts';
import { htmlOf } from '../../../src/report/html.ts';
import { tablesOf } from '../../../src/report/tables.ts';
import { findChromium, runChromium } from '../../support/chromium.ts';
import { hostileNames } from '../../support/hostile-names.ts';
import { makeProject } from '../../support/project.ts';
import { snapshotOf } from '../../support/snapshot.ts';

// A browser is started, on a machine that may be busy.
jest.setTimeout(90_000);

const known = Object.fromEntries(
  ['s.a', 's.b', 's.c'].flatMap((name, at) => [
    [`table ${name}`, 'table'],
    [`column ${name}.id`, 'integer not null'],
    [`constraint ${name}.p`, 'PRIMARY KEY (id)'],
    [`column ${name}.before_id`, 'integer'],
    ...(at > 0
      ? [[`constraint ${name}.f`, `FOREIGN KEY (before_id) REFERENCES s.${'abc'[at - 1]}(id)`]]
      : []),
  ]),
) as Readonly<Record<string, string>>;

const hostile = Object.fromEntries(
  hostileNames.flatMap((name) => [
    [`table s.${name}`, 'table'],
    [`column s.${name}.${name}`, `s.${name} default ${name}`],
    [`constraint s.${name}.f`, `FOREIGN KEY (${name}) REFERENCES s.a(id)`],
  ]),
) as Readonly<Record<string, string>>;

const objects = { ...known, ...hostile };
const all = hostileNames.join(' ');
const differences = hostileNames.map((name) => ({
  kind: 'changed' as const,
  object: `table s.${name}`,
  parent: `s.${name}`,
  severity: 'drift' as const,
  expected: name,
  actual: `${name} `,
  facet: name,
}));

const report: Report = {
  command: 'status',
  at: new Date('2026-01-05T09:00:00Z'),
  failure: {
    exit: 'drift',
    exitCode: 85,
    message: all,
    text: all,
    remedy: all,
    detail: hostileNames,
    place: { file: all },
  },
  outcome: { words: all, isGood: false },
  facts: [{ label: 'database', value: all }],
  problems: [{ file: all, message: all, detail: [all], remedy: all }],
  migrations: [
    {
      version: '20260105090000',
      file: all,
      changes: schemaChanges(snapshotOf(known), snapshotOf(objects)),
      undoing: [{ code: all }],
      locks: hostileNames,
      findings: hostileNames,
    },
  ],
  migrationsNote: all,
  timeline: hostileNames.map((name) => ({
    version: name,
    name,
    state: 'applied',
    finishedAt: name,
    durationMs: 12,
    by: name,
    program: name,
  })),
  comparison: { differences, unverified: hostileNames },
  schema: {
    tables: tablesOf(Object.entries(objects)),
    touched: new Set(hostileNames.map((name) => `s.${name}`)),
    title: all,
  },
};

/** What is asked of the page by the browser, beside the page: the page itself must not run anything. */
const probe = `
<pre id="seen"></pre>
<script>
  const frame = document.querySelector('iframe');
  frame.addEventListener('load', () => {
    const page = frame.contentDocument;
    const box = (one) => { const { x, y, width, height } = one.getBoundingClientRect(); return { x, y, width, height }; };
    document.querySelector('#seen').textContent = JSON.stringify({
      title: page.title,
      elements: [...new Set([...page.querySelectorAll('*')].map((one) => one.localName))].sort(),
      attributes: [...new Set([...page.querySelectorAll('*')].flatMap((one) => one.getAttributeNames()))].sort(),
      tables: [...page.querySelectorAll('svg .box')].map((one) => one.dataset.table),
      texts: [...page.querySelectorAll('td.name')].map((one) => one.textContent),
      boxes: [...page.querySelectorAll('svg .frame')].map(box),
      within: [...page.querySelectorAll('svg .box')].filter((one) => {
        const { x, width } = box(one.querySelector('.frame'));
        return [...one.querySelectorAll('text')].some((text) => box(text).x < x - 1 || box(text).x + box(text).width > x + width + 1);
      }).map((one) => one.dataset.table),
      wide: page.documentElement.scrollWidth > frame.clientWidth,
    });
  });
</script>`;

interface Seen {
  readonly title: string;
  readonly elements: readonly string[];
  readonly attributes: readonly string[];
  readonly tables: readonly string[];
  readonly texts: readonly string[];
  readonly boxes: readonly { x: number; y: number; width: number; height: number }[];
  readonly within: readonly string[];
  readonly wide: boolean;
}

async function seenBy(chromium: string, html: string): Promise<Seen> {
  const project = makeProject({ 'page.html': html });
  try {
    const outer = join(project.directory, 'outer.html');
    writeFileSync(
      outer,
      `<!doctype html><meta charset="utf-8"><iframe src="page.html" width="1280" height="900"></iframe>${probe}`,
    );
    const dom = await runChromium(chromium, [
      '--allow-file-access-from-files',
      '--virtual-time-budget=10000',
      '--dump-dom',
      pathToFileURL(outer).href,
    ]);
    const [, json = ''] = /<pre id="seen">([\s\S]*?)<\/pre>/.exec(dom) ?? [];
    return JSON.parse(
      json
        .replaceAll('&lt;', '<')
        .replaceAll('&gt;', '>')
        .replaceAll('&nbsp;', '\u00a0')
        .replaceAll('&amp;', '&'),
    );
  } finally {
    project.destroy();
  }
}

/** How a name stands in the page: what a terminal would obey is escaped. */
const escaped = (name: string): string =>
  name.replaceAll(
    /[\0-\x1f\u202a-\u202e]/g,
    (one) =>
      ({ '\n': '\\n' })[one] ??
      (one < ' '
        ? `\\x${one.charCodeAt(0).toString(16).padStart(2, '0')}`
        : `\\u${one.charCodeAt(0).toString(16)}`),
  );

const chromium = findChromium();
if (chromium === null) {
  const absent = 'NO CHROMIUM: the page of a report is opened in no browser (apt-get install chromium)';
  if (process.env.CI) test('there is a browser', () => expect(absent).toBe(''));
  else process.stderr.write(`\n${absent}\n`);
}

(chromium === null ? describe.skip : describe)('in a browser', () => {
  let seen: Seen;
  beforeAll(async () => {
    seen = await seenBy(chromium ?? '', htmlOf(report));
  });

  test('every table is there, by its name as text', () => {
    expect([...seen.tables].sort()).toEqual(
      ['s.a', 's.b', 's.c', ...hostileNames.map((name) => `s.${escaped(name)}`)].sort(),
    );
    expect(seen.texts).toEqual(hostileNames.map(escaped));
  });

  test('no two boxes of the diagram overlap, and their texts are within', () => {
    expect(seen.boxes).toHaveLength(hostileNames.length + 3);
    const overlapping = seen.boxes.flatMap((a, at) =>
      seen.boxes
        .slice(at + 1)
        .filter(
          (b) => a.x + a.width > b.x && b.x + b.width > a.x && a.y + a.height > b.y && b.y + b.height > a.y,
        ),
    );
    expect(overlapping).toEqual([]);
    expect(seen.within).toEqual([]);
  });

  test('no script runs and nothing is made of a name', () => {
    expect(seen.title).toBe('slipway status: status failed (drift, 85)');
    expect(
      seen.elements.filter((name) => ['script', 'img', 'a', 'iframe', 'link', 'image'].includes(name)),
    ).toEqual([]);
    expect(seen.attributes.filter((name) => /^on|href|^src$/.test(name))).toEqual([]);
  });

  test('the page is not wider than its window', () => expect(seen.wide).toBe(false));
});

test('the page asks nothing of a network', () => {
  const html = htmlOf(report);
  expect(html).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(html.replaceAll('http://www.w3.org/2000/svg', '')).not.toMatch(/url\(|@import|<link|\bsrc=[^x]/);
});
