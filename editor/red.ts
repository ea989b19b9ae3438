/** The API of the Node-RED editor for the scripts of nodes: @types/node-red, and what these types lack. */
import type { EditorNodeDef, EditorNodeInstance, EditorNodeProperties, EditorRED } from 'node-red';

/** A node in the editor, with the settings that its dialog stores. */
export type EditorNode<Settings extends EditorNodeProperties = EditorNodeProperties> = EditorNodeInstance<Settings>;

/** Value of a field: undefined for settings that an older flow lacks, a number in flows that were not made in the editor. */
export type Given = string | number | undefined;

/**
 * Checks a setting. It returns the reason why the value is invalid, which Node-RED shows beside the field and requests
 * only from functions with two parameters.
 */
export type Validator<Settings extends EditorNodeProperties> = (
  this: EditorNode<Settings>,
  value: Given,
  options: object | undefined,
) => boolean | string;

/** A setting of a node: its default and its valid values. */
export interface Property<Value, Settings extends EditorNodeProperties = EditorNodeProperties> {
  readonly value: Value;
  readonly required?: boolean;
  /** The type of the configuration node that it names. */
  readonly type?: string;
  readonly validate?: Validator<Settings>;
}

/** What `RED.nodes.registerType` takes. */
export interface NodeDefinition<Settings extends EditorNodeProperties> extends Omit<
  EditorNodeDef<Settings>,
  'defaults' | 'credentials'
> {
  readonly defaults: { readonly [Name in keyof Settings]: Property<Settings[Name], Settings> };
  readonly credentials?: Readonly<Record<string, { readonly type: 'password' }>>;
}

interface Nodes extends Omit<EditorRED['nodes'], 'registerType'> {
  registerType<Settings extends EditorNodeProperties>(type: string, definition: NodeDefinition<Settings>): void;
}

interface Red extends Omit<EditorRED, 'nodes'> {
  readonly nodes: Nodes;
}

/** An entry of the list below a text input. */
export interface Choice {
  readonly value: string;
  readonly label: JQuery;
}

declare global {
  const RED: Red;

  interface JQuery {
    /** A widget of Node-RED: offers entries that match the content of a text input. */
    autoComplete(options: { readonly minLength: number; readonly search: (text: string) => readonly Choice[] }): this;
  }
}
