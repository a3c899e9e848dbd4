/** What a snapshot leaves out, and why. For people: the docs' table is made of it, and a test changes each. */
export const outside: readonly { readonly what: string; readonly why: string }[] = [
  {
    what: 'rows, large objects, and where sequences stand',
    why: 'they are data; `squash` keeps the rows in its baseline',
  },
  {
    what: "roles, their memberships, passwords and settings, but for those of one database's (`ALTER ROLE ... IN DATABASE`)",
    why: 'they belong to the whole server',
  },
  {
    what: 'tablespaces, grants on parameters, replication slots, `ALTER SYSTEM`',
    why: 'they belong to the whole server; in which tablespace a table or an index lies is compared',
  },
  {
    what: "a database's name, owner, encoding, locale, tablespace, connection limit, and whether it is a template",
    why: 'a shadow is made with what its own server has',
  },
  {
    what: 'what everybody (`PUBLIC`) may on the database',
    why: 'only Slipway connects to a shadow; grants to roles by name are compared',
  },
  {
    what: 'values of settings of the database whose name speaks of a secret (`secret`, `passw`, `token`, `credential`, `apikey`, `_key`, `jwt`)',
    why: 'nothing that is committed holds a secret; that they are set is compared',
  },
  {
    what: "values of a user mapping's options, but for the user, and a subscription's connection",
    why: 'nothing that is committed holds a secret; the names of the options are compared where they may be read',
  },
  {
    what: 'whether a subscription is enabled, and its slot',
    why: 'a shadow must not connect to a publisher',
  },
  {
    what: "what belongs to an extension, and what is changed or granted of it, its configuration's tables included",
    why: 'the extension makes it; the extension itself, its schema and its version are compared, and so is what others make in a schema that it brought',
  },
  {
    what: 'who granted a right, where several did',
    why: 'what each role may is compared; files grant it as the owner',
  },
  {
    what: 'grants on and comments of what PostgreSQL itself brings',
    why: 'it differs from major to major',
  },
  { what: 'the owner of the schema `public`', why: 'it is another one from PostgreSQL 15 on' },
  {
    what: '`MAINTAIN` in default privileges, that of an owner, and whether one who has all rights may hand it on',
    why: 'PostgreSQL 17 and later give it with `GRANT ALL`, and older ones do not know it',
  },
  {
    what: 'security labels',
    why: 'they need a label provider that each server loads for itself',
  },
  {
    what: "the number at the end of the name of a partition's index that PostgreSQL named",
    why: 'it follows from the order in which indexes were made: give an index of a partition a name of its own before files name it',
  },
  { what: 'temporary objects', why: 'they go with their session' },
  {
    what: "the planner's statistics, the numbers of dropped columns, index bloat",
    why: 'no application sees them',
  },
  {
    what: 'the ledger, and owner, grants and comment of its schema where that holds nothing else',
    why: 'Slipway makes it, under whatever role it runs',
  },
];
