/**
 * The section of one version in a changelog in the form of "Keep a Changelog", without its heading.
 * @throws Error if the section is missing or empty
 */
export function changelogSection(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const section = sections.find((text) => text.startsWith(`[${version}]`));
  const body = section?.slice(section.indexOf('\n')).trim();
  if (body === undefined || body === '') throw new Error(`CHANGELOG.md has no section for ${version}`);
  return `${body}\n`;
}
