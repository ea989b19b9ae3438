import { serveTcp, SimulatedMeter } from '../../../src/simulator/index.js';
import { Editor } from './editor.js';
import { editorFlows, KEY, oneOfEach } from './editor-flows.js';
import type { NodeRedMajor } from '../node-red/node-red-home.js';

/** An editor with a flow that reads a simulated meter, for all tests of a group: starting one takes seconds. */
export interface EditorStage {
  readonly editor: Editor;
  readonly page: Editor['page'];
  readonly meter: SimulatedMeter;
  /** The id of one node of each type. */
  readonly nodes: ReadonlyMap<string, string>;
  /** The README shows Node-RED 4; pictures of 5 have that in their names. */
  readonly picture: (name: string) => Promise<unknown>;
}

/**
 * Starts an editor before the tests of the calling group, and ends it after them.
 * @param onReady called with the stage before the first test
 */
export function withEditorStage(major: NodeRedMajor, onReady: (stage: EditorStage) => void): void {
  const cleanUps: (() => Promise<unknown>)[] = [];
  before(async () => {
    onReady(await setUp(major, cleanUps));
  });
  after(async () => {
    for (const cleanUp of cleanUps.reverse()) await cleanUp();
  });
}

async function setUp(major: NodeRedMajor, cleanUps: (() => Promise<unknown>)[]): Promise<EditorStage> {
  const meter = new SimulatedMeter({ mbk: Buffer.from(KEY).subarray(0, 16), isUsed: true });
  const served = await serveTcp({ meter, port: 0 });
  cleanUps.push(() => served.close());
  const [host = '', port = ''] = served.address.split(':');
  const flows = editorFlows(host, port);
  const editor = await Editor.open({ flows, major });
  cleanUps.push(() => editor.close());
  const picture = (name: string): Promise<unknown> => editor.picture(major === 4 ? name : `${name}-${major}`);
  return { editor, page: editor.page, meter, nodes: oneOfEach(flows), picture };
}
