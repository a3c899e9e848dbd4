/** More came from the server than is taken; it is not read further. */
export class TooMuch extends Error {
  override readonly name = 'TooMuch';
  /** Before the login no answer of PostgreSQL's is near the limit; after it one may be. */
  readonly isLoggedIn: boolean;

  constructor(message: string, isLoggedIn: boolean) {
    super(message);
    this.isLoggedIn = isLoggedIn;
  }
}

const kib = 1024;
const mib = 1024 * kib;

/** libpq takes about half of that (fe-connect.c, 30,000 bytes for what is no error). */
const mostBeforeLogin = 64 * kib;
/** All messages of a login together: a dozen settings, and the exchange of the password. */
const mostOfLogin = mib;
/** One message after the login, and the whole answer to a query of Slipway's own. */
export const mostOfAnswer = 256 * mib;

/** A message's type and length (PostgreSQL docs 55.7). */
const headerBytes = 5;
/** What a message takes in memory beside its bytes: a row of one letter is an object, too. */
const bytesAside = 128;

/** Counts what a server sends, and refuses what is more than a server has to say; knows messages by their headers alone. */
export class Intake {
  readonly #header = Buffer.alloc(headerBytes);
  #headerLength = 0;
  /** Bytes of the current message that are still to come. */
  #left = 0;
  #isLoggedIn = false;
  #sum = 0;
  #mostInAll = mostOfLogin;

  /** From now on the server may say what a session says; nothing was asked yet. */
  loggedIn(): void {
    this.#isLoggedIn = true;
    this.expect(mostOfLogin);
  }

  /** Something was asked, and so much may come until the next call; Infinity: what it comes to is not ours to say. */
  expect(mostInAll: number): void {
    this.#sum = 0;
    this.#mostInAll = mostInAll;
  }

  /** @throws TooMuch, also for a message whose length alone is too much, before the rest of it comes. */
  admit(chunk: Buffer): void {
    for (let at = 0; at < chunk.length; ) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, chunk.length - at);
        this.#left -= taken;
        at += taken;
        continue;
      }
      const taken = Math.min(headerBytes - this.#headerLength, chunk.length - at);
      chunk.copy(this.#header, this.#headerLength, at, at + taken);
      this.#headerLength += taken;
      at += taken;
      if (this.#headerLength === headerBytes) this.#begin(this.#header.readUInt32BE(1));
    }
  }

  #begin(length: number): void {
    const most = this.#isLoggedIn ? mostOfAnswer : mostBeforeLogin;
    if (length > most) throw this.#tooMuch('a message', length, most);
    this.#headerLength = 0;
    this.#left = Math.max(0, length - (headerBytes - 1));
    this.#sum += length + bytesAside;
    if (this.#sum > this.#mostInAll) throw this.#tooMuch('an answer', this.#sum, this.#mostInAll);
  }

  #tooMuch(what: string, bytes: number, most: number): TooMuch {
    const when = this.#isLoggedIn ? '' : ' before the login';
    return new TooMuch(
      `the server sent ${what} of ${inUnits(bytes)} or more${when}; at most ${inUnits(most)} are taken`,
      this.#isLoggedIn,
    );
  }
}

const inUnits = (bytes: number): string =>
  bytes >= mib ? `${Math.floor(bytes / mib)} MiB` : `${Math.floor(bytes / kib)} KiB`;
