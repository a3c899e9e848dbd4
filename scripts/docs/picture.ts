import { pathToFileURL } from 'node:url';
import { findChromium, runChromium } from '../../test/support/chromium.ts';

/** As wide as the page is at most, and as high as that of the example, in pixels of CSS; smaller in the picture. */
const [size, scale] = ['1264,2050', '0.72'];

/**
 * Takes a picture of a page.
 *
 * @returns what became of it: without a browser the picture stays as it is.
 */
export async function takePicture(page: string, picture: string): Promise<string> {
  const chromium = findChromium();
  if (chromium === null) return `NO CHROMIUM: ${picture} was not made anew (apt-get install chromium)`;
  await runChromium(chromium, [
    `--screenshot=${picture}`,
    `--window-size=${size}`,
    `--force-device-scale-factor=${scale}`,
    '--disable-lcd-text',
    pathToFileURL(page).href,
  ]);
  return picture;
}
