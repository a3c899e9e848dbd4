import { after, type Statement, sqlOf } from './contents.ts';
import { type File, type Kind, versionAt } from './file.ts';
import { headOf, type Image, withFile, withoutFile } from './image.ts';
import { type Act, type Draw, type Outcome, releasing, type World } from './world.ts';

const done = (label: string, world: World): Outcome => ({ label, world, codes: [], problems: [] });

const withImage = (label: string, world: World, image: Image): Outcome => done(label, { ...world, image });

/** A new file. Kinds that fail come only where a lock need not be made of them. */
export function newFile(version: string, draw: Draw, kinds: readonly Kind[]): File {
  const kind = draw.one(kinds) ?? 'table';
  return {
    version,
    kind,
    form: draw.below(4),
    remark: 0,
    isIrreversible: (kind === 'table' || kind === 'data') && draw.chance(0.15),
    isSuperseded: false,
  };
}

/** Kinds that succeed; one that is here twice comes twice as often. */
export const sound: readonly Kind[] = [
  'table',
  'table',
  'alter',
  'alter',
  'default',
  'data',
  'data',
  'index',
  'index',
];

const addable: readonly Kind[] = [...sound, 'block', 'fail', 'fail index'];

/** Every version that the model has seen anywhere. */
const seen = ({ image, releases, database, deleted }: World): string[] => [
  ...[image, ...releases].flatMap((one) => [headOf(one) ?? '', ...one.files.map(({ version }) => version)]),
  ...database.rows.map(({ version }) => version),
  ...deleted.map(({ version }) => version),
];

const minuteOf = (version: string): number =>
  Number(version.slice(8, 10)) * 60 + Number(version.slice(10, 12));

const add: Act = (world, draw) => {
  const from = draw.chance(0.85) ? seen(world).sort().at(-1) : headOf(world.image);
  const file = newFile(versionAt(minuteOf(from || versionAt(0)) + 1), draw, addable);
  if (world.image.files.some(({ version }) => version === file.version)) return null;
  return withImage(`add ${file.version} (${file.kind})`, world, withFile(world.image, file));
};

/** A file of a branch that was merged late. */
const addLate: Act = (world, draw) => {
  const older = draw.one([
    ...world.image.files.map(({ version }) => version),
    ...(world.image.baseline ? [world.image.baseline.version] : []),
  ]);
  if (older === undefined) return null;
  const version = versionAt(minuteOf(older), 1 + draw.below(50));
  if (seen(world).includes(version)) return null;
  const file = newFile(version, draw, addable);
  return withImage(`add late ${version} (${file.kind})`, world, withFile(world.image, file));
};

const edit: Act = (world, draw) => {
  const { image } = world;
  if (image.baseline && draw.chance(0.1)) {
    const { baseline } = image;
    const table = `b_${baseline.text.length}`;
    const statement: Statement = { does: 'create table', table, columns: [['id', 'integer not null']] };
    const makes = after(statement, baseline.makes);
    if (makes === null) return null;
    const text = `${baseline.text}${sqlOf(statement)};\n`;
    return withImage('edit the baseline', world, {
      ...image,
      baseline: { ...baseline, text, meaning: `${baseline.meaning} ${table}`, makes },
    });
  }
  const file = draw.one(image.files);
  if (file === undefined) return null;
  // Whoever edits a file that fails puts it right.
  const kind: Kind = file.kind === 'fail' ? 'table' : file.kind === 'fail index' ? 'index' : file.kind;
  const edited = { ...file, kind, form: file.form + 1 };
  return withImage(`edit ${file.version} (${file.kind})`, world, withFile(image, edited));
};

const comment: Act = (world, draw) => {
  const { image } = world;
  if (image.baseline && draw.chance(0.2)) {
    const text = `${image.baseline.text}-- remark\n`;
    return withImage('comment the baseline', world, { ...image, baseline: { ...image.baseline, text } });
  }
  const file = draw.one(image.files);
  if (file === undefined) return null;
  return withImage(
    `comment ${file.version}`,
    world,
    withFile(image, { ...file, remark: file.remark === 0 ? 1 : draw.below(3) }),
  );
};

const remove: Act = (world, draw) => {
  const file = draw.one(world.image.files);
  if (file === undefined) return null;
  return done(`delete ${file.version}`, {
    ...world,
    image: withoutFile(world.image, file.version),
    deleted: [...world.deleted, file],
  });
};

const restore: Act = (world) => {
  const file = world.deleted.at(-1);
  if (file === undefined) return null;
  const deleted = world.deleted.slice(0, -1);
  if (world.image.files.some(({ version }) => version === file.version)) return null;
  return done(`restore ${file.version}`, { ...world, image: withFile(world.image, file), deleted });
};

const deploy = (label: string, world: World, release: number): Outcome | null => {
  const image = world.releases[release];
  return image ? done(`${label} ${release}`, { ...world, image, release }) : null;
};

const removeLock: Act = (world) =>
  world.image.lock && withImage('remove the lock file', world, { ...world.image, lock: null });

/** As a merge does that takes one side's lock. */
const staleLock: Act = (world, draw) => {
  const lock = draw.one(world.releases)?.lock;
  return lock ? withImage('take the lock file of another release', world, { ...world.image, lock }) : null;
};

/** What people do to files. */
export const edits: Readonly<Record<string, Act>> = {
  add,
  addLate,
  edit,
  comment,
  delete: remove,
  restore,
  forward: (world) => deploy('deploy release', world, world.release + 1),
  back: (world) => deploy('roll back to release', world, world.release - 1),
  again: (world) => deploy('deploy again release', world, world.release),
  build: (world) => done('build a release', releasing(world)),
  removeLock,
  staleLock,
};
