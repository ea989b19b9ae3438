import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, listening } from '../ports.js';

const runs = (program: string, argument: string): boolean => spawnSync(program, [argument]).error === undefined;

/** Debian installs the broker in a folder that is not in the PATH of every user. */
export const MOSQUITTO = ['mosquitto', '/usr/sbin/mosquitto'].find((program) => runs(program, '-h'));
export const hasMosquitto = MOSQUITTO !== undefined && runs('mosquitto_passwd', '--help') && runs('openssl', 'version');

export interface Login {
  readonly username: string;
  readonly password: string;
}

/** A real mosquitto with a configuration of its own: open, or with password and TLS. */
export class Mosquitto {
  readonly port: number;
  /** Path of the certificate that clients have to trust; undefined without TLS. */
  readonly certificate: string | undefined;
  readonly #directory: string;
  readonly #process: ChildProcess;

  private constructor(port: number, certificate: string | undefined, directory: string, process: ChildProcess) {
    this.port = port;
    this.certificate = certificate;
    this.#directory = directory;
    this.#process = process;
  }

  /** @param port default: any free port */
  static async start(login?: Login, port?: number): Promise<Mosquitto> {
    if (MOSQUITTO === undefined) throw new Error('mosquitto is not installed');
    const directory = await mkdtemp(join(tmpdir(), 'mosquitto-'));
    port ??= await freePort();
    // A broker started by root would switch to a user that may not read its files.
    const lines = [`listener ${port} 127.0.0.1`, 'persistence false', 'user root'];
    const certificate = login ? join(directory, 'certificate.pem') : undefined;
    if (login && certificate !== undefined) {
      const keyFile = join(directory, 'key.pem');
      const passwords = join(directory, 'passwords');
      makeCertificate(certificate, keyFile);
      run('mosquitto_passwd', ['-b', '-c', passwords, login.username, login.password]);
      lines.push('allow_anonymous false', `password_file ${passwords}`);
      lines.push(`certfile ${certificate}`, `keyfile ${keyFile}`);
    } else {
      lines.push('allow_anonymous true');
    }
    await writeFile(join(directory, 'mosquitto.conf'), `${lines.join('\n')}\n`);
    const process = spawn(MOSQUITTO, ['-c', join(directory, 'mosquitto.conf')], { stdio: 'ignore' });
    await listening(port);
    return new Mosquitto(port, certificate, directory, process);
  }

  async stop(): Promise<void> {
    const exited = once(this.#process, 'exit');
    if (this.#process.exitCode === null && this.#process.kill()) await exited;
    await rm(this.#directory, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program}: ${stderr}`);
}

function makeCertificate(certificate: string, keyFile: string): void {
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1'];
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', keyFile];
  run('openssl', ['req', '-x509', '-days', '2', ...subject, ...key, '-out', certificate]);
}
