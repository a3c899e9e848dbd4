/** What is known of each kind of object: the type of a row of `kinds.ts`. */

/** What a difference in an object of a kind means to an application. */
export type Severity = 'drift' | 'reported';

/**
 * The catalogs of the server that definitions live in (PostgreSQL docs 52). What `src/schema/catalog/fingerprint.ts` sums
 * without being told, because it says whose objects count: pg_class, pg_namespace, pg_depend and pg_extension.
 */
export type Catalog =
  | 'pg_am'
  | 'pg_amop'
  | 'pg_amproc'
  | 'pg_attribute'
  | 'pg_authid'
  | 'pg_cast'
  | 'pg_class'
  | 'pg_collation'
  | 'pg_constraint'
  | 'pg_conversion'
  | 'pg_database'
  | 'pg_db_role_setting'
  | 'pg_default_acl'
  | 'pg_depend'
  | 'pg_description'
  | 'pg_enum'
  | 'pg_event_trigger'
  | 'pg_extension'
  | 'pg_foreign_data_wrapper'
  | 'pg_foreign_server'
  | 'pg_foreign_table'
  | 'pg_index'
  | 'pg_inherits'
  | 'pg_language'
  | 'pg_namespace'
  | 'pg_opclass'
  | 'pg_operator'
  | 'pg_opfamily'
  | 'pg_policy'
  | 'pg_proc'
  | 'pg_publication'
  | 'pg_publication_namespace'
  | 'pg_publication_rel'
  | 'pg_rewrite'
  | 'pg_sequence'
  | 'pg_shdescription'
  | 'pg_statistic_ext'
  | 'pg_subscription'
  | 'pg_tablespace'
  | 'pg_transform'
  | 'pg_trigger'
  | 'pg_ts_config'
  | 'pg_ts_config_map'
  | 'pg_ts_dict'
  | 'pg_ts_parser'
  | 'pg_ts_template'
  | 'pg_type'
  | 'pg_user_mapping';

/** What is known of a kind of object, for everything that is asked of kinds. */
export interface Traits {
  /**
   * The catalogs of which a row is written when its description becomes another, also by a change of what it names. Those
   * of which a row never changes without one of these are left out (`implied` in test/support/catalogs.ts).
   */
  readonly livesIn: readonly Catalog[];
  /** What it means that an object the lock expects is not there, or is another. */
  readonly missing: Severity;
  readonly changed: Severity;
  /**
   * What it means that one is there besides. `drift`: inside a relation that the lock knows it can reject, change, hide
   * or reveal a row, or is a grant on what the lock knows (`severityOfExtra` in extra.ts says when); elsewhere it is
   * reported.
   */
  readonly extra: Severity;
  /**
   * The relation that it belongs to: `itself` where its name is the relation's, `name` where its name is
   * `relation.part`, `other` where more than its name says it; null for what stands by itself.
   */
  readonly parent: 'itself' | 'name' | 'other' | null;
  /**
   * `relation`: it can be selected from. `routine`: it can be called. `index`. `setting`: one is gained by a change of
   * what has it.
   */
  readonly is?: 'relation' | 'routine' | 'index' | 'setting';
  /**
   * Where its change stands among others that could come now: its group, and its place in that; `beside` what it is of;
   * `end`, where it is for what comes later. The groups are 0 the database and schemas; 1 extensions; 2 what
   * tables are written with, such as types; 3 tables and sequences with what is theirs; 4 routines and operators; 5
   * views; 6 triggers, rules and policies; 7 what is of the whole database.
   */
  readonly rank: readonly [group: number, at: number] | 'beside' | 'end';
  /** As what owners and privileges name it, where that is not its kind. */
  readonly rightsAs?: 'relation' | 'routine';
  /** The letter of the default privileges that a new one gets (PostgreSQL docs, pg_default_acl.defaclobjtype). */
  readonly defaults?: 'r' | 'S' | 'f' | 'T' | 'n';
  /** What everybody may do with a new one. */
  readonly everybody?: 'EXECUTE' | 'USAGE';
  /** It has the name of an object of this kind, or of whatever has an index, and says something of that. */
  readonly saysOf?: 'column' | 'extension' | 'index';
  /** A partition lacks an index or a key of the table above. */
  readonly isLacked?: true;
  /** It says how a partition has one of this kind otherwise than the table above. */
  readonly deviatesFrom?: 'constraint' | 'trigger';
  /** It may be there whatever versions were applied: its presence proves none. */
  readonly provesNoVersion?: true;
  /** What dropping it loses. */
  readonly loses?: 'losesRows' | 'losesColumn' | 'losesPosition';
  /** It says who may do what. */
  readonly isRight?: true;
  /** The letters of `pg_class.relkind` that are its own; a foreign table is told apart where relations are read. */
  readonly relkinds?: readonly string[];
  /** Its row in the catalogs, `x`, by its relation `c.relation` and its own name `c.own`: SQL. */
  readonly catalogRow?: string;
  /** TimescaleDB may keep something of it, which is a facet. */
  readonly hasTimescale?: true;
  /** It makes no database somebody's: it is often there before the schema is. */
  readonly isIncidental?: true;
  /**
   * It says what is otherwise than PostgreSQL makes it with something else. Where none is wanted, one that is there is
   * taken back, which costs nothing.
   */
  readonly isDeviation?: true;
  /** It depends on how a database came to be, or on its server: no SQL of ours brings it about. */
  readonly isImmaterial?: true;
  /** Too little to be said at each start. */
  readonly isQuiet?: true;
  /** Each server brings its own: files do not decide it. */
  readonly isOfServer?: true;
  /** A database may have another and be of the version all the same: it is told, and stands in the way of nothing. */
  readonly tellsNoVersion?: true;
  /** How SQL makes it: by itself, behind what it hangs on, or with something else. */
  readonly made: 'alone' | 'behind' | 'with';
  /** It says something of another object, and goes with it. */
  readonly goesWith?: true;
  /** It holds nothing of its own, so that it can be dropped and made again. */
  readonly isRenewable?: true;
  /** Its description names columns of its own table alone. */
  readonly namesOwnTable?: true;
  /** It is an index, or may have one, by whose name others know it. */
  readonly hasIndex?: true;
  /** A partition gets its own of its parent's. */
  readonly isCopied?: true;
  /** It may run a routine whenever a row is written. */
  readonly runsCode?: true;
  /** It can be called in an expression. */
  readonly isCalled?: true;
  /** The default of a column may need it. */
  readonly standsInDefault?: true;
  /** It has a body that may name others, and is checked when it is made. */
  readonly hasBody?: true;
  /** Rows are stored in it. */
  readonly holdsRows?: true;
  /** The body of a routine may name it. */
  readonly isNamedInBodies?: true;
  /** The server drops it with a column that it is of. */
  readonly goesWithColumn?: true;
  /** The server wants it gone while the type of a column changes that it reads. */
  readonly barsRetyping?: true;
  /** Its definition may name an attribute of a composite type. */
  readonly namesAttributes?: true;
  /** A table has to have it before another table becomes its parent. */
  readonly isNeededByParent?: true;
  /** It is there for others, whatever of it could not be changed. */
  readonly standsUnfinished?: true;
  /** In a whole schema, one follows the other with no blank line between. */
  readonly isShort?: true;
}
