/** The names of what lies in the folder of the migrations, and in its folder `superseded/`; null: it is not there. */
export interface Listing {
  readonly migrations: readonly string[] | null;
  readonly superseded: readonly string[] | null;
  /** The paths of what is no regular file there, or of which the file system does not tell: a link, say. */
  readonly odd: ReadonlySet<string>;
}
