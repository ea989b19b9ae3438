import { inspect } from 'node:util';

/** Keys of tests that represent a user's: nothing may ever print them. */
export const TEST_KEYS = ['a key nobody may see', 'factory advanced key'] as const;

/** Looks for secrets in all that is printed while it watches, and in what it is shown. */
export class SecretWatch {
  readonly #forms: string[];
  readonly #found = new Set<string>();
  #restore: (() => void)[] = [];

  /** @param secrets as a user types them; cut to 16 bytes, in hex and in Base64 they are looked for as well */
  constructor(secrets: readonly string[]) {
    this.#forms = secrets.flatMap((secret) => {
      const bytes = Buffer.from(secret);
      const hex = bytes.subarray(0, 16).toString('hex');
      return [
        secret.slice(0, 16),
        hex,
        hex.replace(/(..)(?=.)/g, '$1 '),
        // What the Base64 of 16 bytes and of 20 begin with alike.
        bytes.subarray(0, 15).toString('base64'),
        bytes.subarray(0, 16).join(', '),
      ];
    });
  }

  /** Where secrets were found; empty is good. */
  get found(): readonly string[] {
    return [...this.#found];
  }

  /** Watches what this process prints. */
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

  /** Looks into anything: a text, a message, an error. */
  look(where: string, what: unknown): void {
    const text = typeof what === 'string' ? what : inspect(what, { depth: 12, maxArrayLength: 1000, showHidden: true });
    const lower = text.toLowerCase();
    if (this.#forms.some((form) => text.includes(form) || lower.includes(form.toLowerCase()))) this.#found.add(where);
  }
}
