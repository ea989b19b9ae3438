/**
 * The example flows in other languages: the English ones with their texts replaced. A translation is keyed by its English
 * text, so that a change in English leaves it unused, which a test reports.
 */

/** Translations by English text; the name of a file (`1-live-values`) is one of the texts. */
export type ExampleTexts = Readonly<Record<string, string>>;
/** A node of a flow, as the editor exports it. */
export type FlowNode = Readonly<Record<string, unknown>>;

/** The properties of nodes with texts for users. */
const TEXT_PROPERTIES = ['label', 'name', 'info', 'title'] as const;

/** Where Node-RED's import dialog lists them: a folder below the English examples, named in its own language. */
export const EXAMPLE_FOLDERS: Readonly<Record<string, string>> = { da: 'Dansk', de: 'Deutsch' };

const hasWords = (value: unknown): value is string => typeof value === 'string' && /\p{L}/u.test(value);

/**
 * Width of a letter of a node's label, in pixels. A node grows on both sides of its middle, which is its position in the
 * flow.
 */
const LETTER_WIDTH = 7;
/** Width of a node's icon and the margins of its label. */
const LABEL_MARGINS = 40;

/** Left edge of a comment, in pixels. Users cannot scroll to negative positions. */
export function leftEdgeOf(comment: FlowNode): number {
  return Number(comment['x']) - (String(comment['name']).length * LETTER_WIDTH + LABEL_MARGINS) / 2;
}

/** All texts of a flow that users see. */
export function textsOf(flow: readonly FlowNode[]): string[] {
  return flow.flatMap((node) => TEXT_PROPERTIES.map((property) => node[property]).filter(hasWords));
}

/**
 * Translates the JSON in rules of change nodes, which may name pages and groups of a dashboard (`page:group`) by their
 * visible names.
 */
function translateRules(rules: readonly FlowNode[], texts: ExampleTexts): FlowNode[] {
  const translated = (_: string, value: unknown): unknown =>
    typeof value === 'string'
      ? value
          .split(':')
          .map((name) => texts[name] ?? name)
          .join(':')
      : value;
  return rules.map((rule) =>
    rule['tot'] === 'json' ? { ...rule, to: JSON.stringify(JSON.parse(String(rule['to']), translated)) } : rule,
  );
}

/** Numbers of a JSONata expression get a decimal comma, as in all languages here but English. */
function withDecimalComma(expression: string): string {
  return expression.replaceAll(
    /(\$formatNumber\([\w.]+, '0)\.(0+')\)/g,
    "$1,$2, {'decimal-separator': ',', 'grouping-separator': '.'})",
  );
}

/**
 * The flow with its texts replaced; a text without translation stays as it is. A comment keeps its left edge, however long
 * its text becomes.
 */
export function translateFlow(flow: readonly FlowNode[], texts: ExampleTexts): FlowNode[] {
  return flow.map((node) => {
    const exchanged = TEXT_PROPERTIES.flatMap((property) => {
      const text = node[property];
      return hasWords(text) ? [[property, texts[text] ?? text] as const] : [];
    });
    const translated: FlowNode = {
      ...node,
      ...Object.fromEntries(exchanged),
      ...(node['valueType'] === 'jsonata' && { value: withDecimalComma(String(node['value'])) }),
      ...(node['type'] === 'change' && { rules: translateRules(node['rules'] as FlowNode[], texts) }),
    };
    if (node['type'] !== 'comment') return translated;
    return { ...translated, x: Number(node['x']) + Math.round(leftEdgeOf(node) - leftEdgeOf(translated)) };
  });
}

/**
 * A flow as a file in another language.
 * @param name the English name of the file, without its ending
 * @returns the file's name and what is in it
 */
export function translatedFile(name: string, flow: readonly FlowNode[], texts: ExampleTexts): [string, string] {
  return [`${texts[name] ?? name}.json`, `${JSON.stringify(translateFlow(flow, texts), undefined, 2)}\n`];
}
