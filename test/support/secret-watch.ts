import { inspect } from 'node:util';

/** Keys of tests that represent a user's: nothing may ever print them. */
export const TEST_KEYS = ['a key nobody may see', 'factory advanced key'] as const;

/** Searches for secrets in all output while it watches, and in objects passed to it. */
export class SecretWatch {
  readonly #forms: string[];
  readonly #found = new Set<string>();
  #restore: (() => void)[] = [];

  /** @param secrets as a user types them; also searched for cut to 16 bytes, in hex and in Base64 */
  constructor(secrets: readonly string[]) {
    this.#forms = secrets.flatMap((secret) => {
      const bytes = Buffer.from(secret);
      const hex = bytes.subarray(0, 16).toString('hex');
      return [
        secret.slice(0, 16),
        hex,
        hex.replace(/(..)(?=.)/g, '$1 '),
        // The common beginning of the Base64 of 16 and of 20 bytes.
        bytes.subarray(0, 15).toString('base64'),
        bytes.subarray(0, 16).join(', '),
      ];
    });
  }

  /** The places where secrets were found; must be empty. */
  get found(): readonly string[] {
    return [...this.#found];
  }

  /** Watches the output of this process. */
  start(): void {
    for (const name of ['stdout', 'stderr'] as const) {
      const stream = process[name];
      const write = stream.write.bind(stream);
      stream.write = (chunk: string | Uint8Array, ...rest: []) => {
        this.look(name, typeof chunk === 'string' ? chunk : Buffer.from(chunk).toString());
        return write(chunk, ...rest);
      };
      this.#restore.push(() => {
        stream.write = write;
      });
    }
  }

  stop(): void {
    for (const restore of this.#restore.splice(0)) restore();
  }

  /** Searches a text, a message or an error. */
  look(where: string, what: unknown): void {
    const text = typeof what === 'string' ? what : inspect(what, { depth: 12, maxArrayLength: 1000, showHidden: true });
    const lower = text.toLowerCase();
    if (this.#forms.some((form) => text.includes(form) || lower.includes(form.toLowerCase()))) this.#found.add(where);
  }
}
