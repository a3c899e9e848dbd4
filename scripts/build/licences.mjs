import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The licences of the packages that a bundle holds, one after the other.
 *
 * @param {readonly import('./packages.mjs').Bundled[]} packages
 * @returns {string}
 */
export const licencesOf = (packages) =>
  packages
    .map(({ folder, name, version, license }) => {
      const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
      return `${name} ${version}: ${license}\n\n${file ? readFileSync(join(folder, file), 'utf8').trim() : ''}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
