import { splitPart } from '../../model/index.ts';
import { type Alteration, manual, type ObjectChange, recreate, steps } from '../common/alteration.ts';
import { invalidReason } from '../common/unwritten.ts';
import { setAndReset } from '../table/storage.ts';

const storage = / WITH \(((?:[^()'"]|'(?:[^']|'')*')*)\)/;

/** An index's storage alone is set; anything else makes another index. */
export function alterIndex({ name, before, after }: ObjectChange): Alteration {
  const invalid = invalidReason('index', after.text);
  if (invalid !== null) return manual(invalid);
  const withOut = (text: string): string => text.replace(storage, '');
  const optionsIn = (text: string): string | undefined =>
    storage.exec(text)?.[1]?.replaceAll(/'((?:[^']|'')*)'/g, '$1');
  if (withOut(before.text) !== withOut(after.text)) return recreate;
  const { parent = '', own = '' } = splitPart(name) ?? {};
  const schema = splitPart(parent)?.parent ?? '';
  return steps(
    ...setAndReset(optionsIn(before.text), optionsIn(after.text)).map(
      (change) => `ALTER INDEX ${schema}.${own} ${change}`,
    ),
  );
}
