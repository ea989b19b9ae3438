/**
 * The example flows in other languages: the English ones with their texts exchanged. A translation stands under the
 * English text it is for, so a text that changes in English is missed by its translation at once.
 */

/** Translations by English text; the name of a file (`1-live-values`) is one of the texts. */
export type ExampleTexts = Readonly<Record<string, string>>;
/** A node of a flow, as the editor exports it. */
export type FlowNode = Readonly<Record<string, unknown>>;

/** The properties of nodes that people read. */
const TEXT_PROPERTIES = ['label', 'name', 'info', 'title'] as const;

/** Where Node-RED's import dialog lists them: a folder below the English examples, named in its own language. */
export const EXAMPLE_FOLDERS: Readonly<Record<string, string>> = { da: 'Dansk', de: 'Deutsch' };

const hasWords = (value: unknown): value is string => typeof value === 'string' && /\p{L}/u.test(value);

/** Every text of a flow that a person reads. */
export function textsOf(flow: readonly FlowNode[]): string[] {
  return flow.flatMap((node) => TEXT_PROPERTIES.map((property) => node[property]).filter(hasWords));
}

/** The flow with its texts exchanged; a text without translation stays as it is. */
export function translateFlow(flow: readonly FlowNode[], texts: ExampleTexts): FlowNode[] {
  return flow.map((node) => {
    const exchanged = TEXT_PROPERTIES.flatMap((property) => {
      const text = node[property];
      return hasWords(text) ? [[property, texts[text] ?? text] as const] : [];
    });
    return { ...node, ...Object.fromEntries(exchanged) };
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
