import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { nodeMarkdown, nodePages } from '../../../scripts/docs/nodes-markdown.js';

const root = join(__dirname, '../../..');

describe('docs/nodes', () => {
  it('equals the help (else: npm run docs)', () => {
    const pages = nodePages(root);
    const folder = join(root, 'docs/nodes');
    assert.deepEqual(readdirSync(folder).sort(), [...pages.keys()].sort());
    for (const [file, page] of pages) {
      assert.ok(readFileSync(join(folder, file), 'utf8') === page, `docs/nodes/${file} is not current: run npm run docs`);
    }
  });

  it('turns properties into a list, and headings one level up', () => {
    const help = `<script type="text/markdown" data-help-name="mep-sample">
What it does.

### Inputs

: payload (Buffer | object) : what comes in.

Text.
</script>
`;
    assert.equal(
      nodeMarkdown(help).page,
      `# mep-sample

<!-- Made from nodes/locales/en-US/mep-sample.html by npm run docs. -->

What it does.

## Inputs

- \`payload\` (Buffer or object): what comes in.

Text.
`,
    );
  });

  it('refuses a file without help', () => {
    assert.throws(() => nodeMarkdown('<p>Nothing</p>'), /no help/);
  });
});
