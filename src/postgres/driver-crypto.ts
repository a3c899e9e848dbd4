import { createHash, createHmac, pbkdf2, randomBytes } from 'node:crypto';
import { promisify } from 'node:util';

/**
 * What the driver computes a login with, by node:crypto: the bundle has it in place of the driver's own (`crypto/utils`),
 * which goes by Web Crypto and loads that, 8 ms of each start with a password. The names are the driver's.
 */

const keyBytes = 32;
const derive = promisify(pbkdf2);

/** SaltedPassword (RFC 5802, section 3): PBKDF2 with HMAC-SHA-256, 32 bytes. */
export const deriveKey = (password: string, salt: Uint8Array, iterations: number): Promise<Buffer> =>
  derive(password, salt, iterations, keyBytes, 'sha256');

/** HMAC-SHA-256 of a text in UTF-8, 32 bytes. */
export const hmacSha256 = async (key: Uint8Array, text: string): Promise<Buffer> =>
  createHmac('sha256', key).update(text, 'utf8').digest();

/** SHA-256 of bytes, 32 bytes. */
export const sha256 = (bytes: Uint8Array): Promise<Buffer> => hashByName('SHA-256', bytes);

/** @param name as Web Crypto has it, such as `SHA-384`: of a certificate's signature (RFC 5929, section 4.1). */
export const hashByName = async (name: string, bytes: Uint8Array): Promise<Buffer> =>
  createHash(name.replace('-', '').toLowerCase()).update(bytes).digest();

const md5 = (bytes: string | Uint8Array): string => createHash('md5').update(bytes).digest('hex');

/** The answer to AuthenticationMD5Password (PostgreSQL docs 55.2.1). @throws Error where the system forbids MD5. */
export const postgresMd5PasswordHash = async (
  user: string,
  password: string,
  salt: Uint8Array,
): Promise<string> => `md5${md5(Buffer.concat([Buffer.from(md5(password + user)), salt]))}`;

export { md5, randomBytes };
