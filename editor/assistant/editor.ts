/** What the assistant uses of the editor beyond the API for nodes, with types. */
import type { FlowNode } from './flow-nodes.js';

export interface DialogButton {
  readonly id: string;
  readonly text: string;
  readonly class?: string;
  readonly disabled?: boolean;
  readonly click: () => void;
}

interface ImportResult {
  readonly nodes: readonly { readonly id: string }[];
  readonly [kind: string]: unknown;
}

/** A node that the editor has. */
export interface EditorItem extends Readonly<Record<string, unknown>> {
  readonly id: string;
  readonly type: string;
  /** Whether it is not deployed yet in its present form. */
  readonly changed?: boolean;
  readonly users?: readonly unknown[];
}

interface EditorApi {
  readonly actions: {
    add(name: string, handler: () => void, options: { readonly label: string }): void;
    invoke(name: string): void;
  };
  readonly comms: {
    subscribe(topic: string, handler: (topic: string, message: NodeStatus) => void): void;
    unsubscribe(topic: string, handler: (topic: string, message: NodeStatus) => void): void;
  };
  readonly events: { on(name: string, handler: () => void): void };
  readonly history: { push(event: object): void };
  readonly menu: { addItem(id: string, item: object): void };
  readonly nodes: {
    id(): string;
    node(id: string): EditorItem | null | undefined;
    getType(type: string): unknown;
    eachConfig(handle: (node: EditorItem) => boolean): void;
    import(nodes: readonly FlowNode[], options: object): ImportResult | undefined;
    dirty(value?: boolean): boolean;
  };
  readonly plugins: { registerPlugin(id: string, definition: { readonly type: string; onadd(): void }): void };
  readonly settings: {
    get(key: string): unknown;
    set(key: string, value: unknown): void;
    getLocal(key: string): string | null;
    setLocal(key: string, value: string): void;
  };
  readonly user: { hasPermission(permission: string): boolean };
  readonly view: { redraw(isAll: boolean): void };
  readonly workspaces: { show(id: string): void };
}

/** The status of a node, as the runtime publishes it. */
export interface NodeStatus {
  readonly fill?: string;
  readonly text?: string;
}

/** The editor, which exists before its plugins are loaded. */
export function editor(): EditorApi {
  return RED as unknown as EditorApi;
}

interface DialogOptions {
  readonly modal: boolean;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly closeText: string;
  readonly classes: Readonly<Record<string, string>>;
  readonly close: () => void;
}

declare global {
  interface JQuery {
    /** The window of jQuery UI, which Node-RED's own dialogs use. */
    dialog(options: DialogOptions | 'close' | 'destroy'): this;
    dialog(method: 'option', name: 'buttons', buttons: readonly DialogButton[]): this;
  }
}
