/**
 * What is done with objects of each kind: how the catalogs are read, and how SQL makes, changes and drops them, a
 * family of kinds a file or folder. A kind that lacks one of them is a type error.
 */
import type { Kind } from '../kinds.ts';
import { accessMethod } from './access-method.ts';
import { cast } from './cast.ts';
import { collation } from './collation.ts';
import { column } from './column/index.ts';
import { comment } from './comment.ts';
import { constraint } from './constraint/index.ts';
import { conversion } from './conversion.ts';
import { database } from './database/index.ts';
import { eventTrigger } from './event-trigger.ts';
import { extension } from './extension.ts';
import type { Family } from './family.ts';
import { foreign } from './foreign.ts';
import { index } from './index/index.ts';
import { language } from './language.ts';
import { operator } from './operator.ts';
import { partition } from './partition/index.ts';
import { policy } from './policy.ts';
import { privileges } from './privileges/index.ts';
import { publication } from './publication.ts';
import { routine } from './routine/index.ts';
import { rule } from './rule.ts';
import { schema } from './schema.ts';
import { sequence } from './sequence/index.ts';
import { statistics } from './statistics.ts';
import { subscription } from './subscription.ts';
import { table } from './table/index.ts';
import { textSearch } from './text-search.ts';
import { trigger } from './trigger.ts';
import { type } from './type/index.ts';
import { userMapping } from './user-mapping.ts';
import { view } from './view/index.ts';

export type { Family, Rarity, Reader } from './family.ts';

/** Each kind with what is done with its objects. */
export const families: Readonly<Record<Kind, Family>> = {
  ...database,
  ...schema,
  ...extension,
  ...language,
  ...accessMethod,
  ...conversion,
  ...collation,
  ...textSearch,
  ...foreign,
  ...userMapping,
  ...type,
  ...sequence,
  ...table,
  ...column,
  ...routine,
  ...operator,
  ...cast,
  ...view,
  ...publication,
  ...subscription,
  ...eventTrigger,
  ...constraint,
  ...index,
  ...partition,
  ...statistics,
  ...trigger,
  ...rule,
  ...policy,
  ...comment,
  ...privileges,
};
