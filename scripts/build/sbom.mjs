import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Enums, Models, Serialize, Spec } from '@cyclonedx/cyclonedx-library';
import { PackageURL } from 'packageurl-js';

/**
 * What a bundle is made of, as CycloneDX has it. The same bundle gives the same text: there is no time in it, and its
 * number comes from what it lists.
 *
 * @param {readonly import('./packages.mjs').Bundled[]} packages
 * @param {{ readonly name: string, readonly version: string, readonly license: string }} program that they are bundled in.
 * @returns {string} JSON.
 */
export function sbomOf(packages, program) {
  const { packages: installed } = JSON.parse(readFileSync('package-lock.json', 'utf8'));
  const components = packages.map((each) => componentOf(each, installed[each.folder]?.integrity));
  const main = componentOf(program, undefined, Enums.ComponentType.Application);
  for (const { bomRef } of components) main.dependencies.add(bomRef);
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: main }),
    components: new Models.ComponentRepository(components),
    serialNumber: numberOf(JSON.stringify([program, packages])),
  });
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  return `${new Serialize.JsonSerializer(factory).serialize(bom, { sortLists: true, space: 2 })}\n`;
}

/**
 * @param {{ readonly name: string, readonly version: string, readonly license: string }} each
 * @param {string | undefined} integrity of its archive, as npm has it: `sha512-` and base64.
 * @param {Enums.ComponentType} type
 */
function componentOf({ name, version, license }, integrity, type = Enums.ComponentType.Library) {
  const [, scope, plain = name] = /^(?:(@[^/]+)\/)?(.*)$/.exec(name) ?? [];
  const purl = new PackageURL('npm', scope, plain, version).toString();
  const archive = /^sha512-(.*)$/.exec(integrity ?? '')?.[1];
  return new Models.Component(type, plain, {
    bomRef: purl,
    group: scope,
    version,
    purl,
    licenses: new Models.LicenseRepository([new Models.LicenseExpression(license)]),
    hashes: new Models.HashDictionary(
      archive === undefined
        ? []
        : [[Enums.HashAlgorithm['SHA-512'], Buffer.from(archive, 'base64').toString('hex')]],
    ),
  });
}

/** A number made of a text (RFC 9562, version 8). @param {string} text */
function numberOf(text) {
  const hex = createHash('sha256').update(text).digest('hex');
  const digits = `${hex.slice(0, 12)}8${hex.slice(13, 16)}8${hex.slice(17, 32)}`;
  return `urn:uuid:${digits.replace(/(.{8})(.{4})(.{4})(.{4})(.{12})/, '$1-$2-$3-$4-$5')}`;
}
