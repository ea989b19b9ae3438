// Prints the section of a version in CHANGELOG.md, for the page of its release: npm run release:notes -- v1.2.3
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import manifest from '../../package.json';
import { changelogSection } from './changelog-section.js';

const tag = process.argv[2] ?? '';
const version = tag.replace(/^v/, '');
if (version !== manifest.version) throw new Error(`The tag is ${tag}, and package.json says ${manifest.version}`);
process.stdout.write(changelogSection(readFileSync(join(__dirname, '../../CHANGELOG.md'), 'utf8'), version));
