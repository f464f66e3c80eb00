// Prints the part of CHANGELOG.md for a release: `node .ci/release-notes.mjs v1.2.3`. Ends with 1 when the tag, the versions in the
// files and the changelog are not the same release.
import { readFileSync } from 'node:fs';

const tag = process.argv[2] ?? '';
const version = /^v(\d+\.\d+\.\d+(?:-[0-9A-Za-z.]+)?)$/.exec(tag)?.[1];
if (version === undefined) fail(`expected a tag such as v1.2.3, found "${tag}"`);

function read(path) {
  return readFileSync(new URL(`../${path}`, import.meta.url), 'utf8');
}

function fail(message) {
  console.error(`release-notes: ${message}`);
  process.exit(1);
}

const chart = read('manifests/chart/Chart.yaml');
const found = {
  'version in package.json': JSON.parse(read('package.json')).version,
  'version in manifests/chart/Chart.yaml': /^version: "?([^"\n]+)"?$/m.exec(chart)?.[1],
  'appVersion in manifests/chart/Chart.yaml': /^appVersion: "?([^"\n]+)"?$/m.exec(chart)?.[1],
};
for (const [what, written] of Object.entries(found)) {
  if (written !== version) fail(`expected ${version} as ${what}, found ${written ?? 'nothing'}`);
}

const sections = read('CHANGELOG.md').split(/^(?=## )/m);
const section = sections.find((text) => text.startsWith(`## [${version}]`));
if (section === undefined) fail(`expected a heading "## [${version}] - DATE" in CHANGELOG.md, found none`);
const notes = section.replace(/^## .*\n/, '').trim();
if (notes === '') fail(`expected what changed below "## [${version}]" in CHANGELOG.md, found nothing`);
console.log(notes);
