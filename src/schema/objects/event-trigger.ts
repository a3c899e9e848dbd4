import { literal } from '../../postgres/index.ts';
import { type Alteration, type ObjectChange, recreate, steps } from './common/alteration.ts';
import { stateOf, switched, switchOf } from './common/switches.ts';
import { enabled } from './common/switches-sql.ts';
import { dropByName, type Families } from './family.ts';

const eventTriggers = `
  SELECT 'event trigger', quote_ident(e.evtname), NULL::text, 'on ' || e.evtevent
      || coalesce(' when tag in (' || (SELECT string_agg(x, ', ' ORDER BY x COLLATE "C") FROM unnest(e.evttags) x) || ')', '')
      || ' execute ' || e.evtfoid::regprocedure::text || ${enabled('e.evtenabled')}, NULL
    FROM pg_event_trigger e
   WHERE NOT EXISTS (SELECT FROM member m WHERE m.classid = 'pg_event_trigger'::regclass AND m.objid = e.oid)`;

/** An event trigger. */
function createEventTrigger(name: string, text: string): readonly string[] {
  const { definition, state } = switchOf(text);
  const [, event, tags, call = ''] =
    /^on (\S+)(?: when tag in \((.*?)\))? execute (.*)$/s.exec(definition) ?? [];
  const when =
    tags === undefined
      ? ''
      : ` WHEN TAG IN (${tags
          .split(', ')
          .map((tag) => literal(tag))
          .join(', ')})`;
  return [
    `CREATE EVENT TRIGGER ${name} ON ${event}${when} EXECUTE FUNCTION ${call}`,
    ...(state === null ? [] : [`ALTER EVENT TRIGGER ${name} ${state}`]),
  ];
}

/** An event trigger that is only switched. */
function alterEventTrigger({ name, before, after }: ObjectChange): Alteration {
  const is = stateOf(after.text);
  return stateOf(before.text).definition === is.definition
    ? steps(`ALTER EVENT TRIGGER ${name} ${switched(is.state, '').trim()}`)
    : recreate;
}

export const eventTrigger = {
  'event trigger': {
    read: [{ sql: eventTriggers, rare: 'others' }],
    rows: {
      pg_event_trigger: `SELECT e.oid, 0, 'event trigger ' || quote_ident(e.evtname) FROM pg_event_trigger e`,
    },
    create: ({ name, text }) => createEventTrigger(name, text),
    alter: alterEventTrigger,
    drop: dropByName,
  },
} satisfies Families;
