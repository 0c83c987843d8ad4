/** Processes that a test starts: each writes a log, and each is ended by its own id, also when the test fails. */

import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** Programs under test. */
export type Program = 'semblance' | 'semblance-load' | 'semblance-node' | 'semblance-worker';

/** Path of a program: in `SEMBLANCE_BIN`, else in the debug folder of Cargo's target folder. */
export function program(name: Program): string {
	const target = process.env.CARGO_TARGET_DIR ?? path.join(REPOSITORY, 'target');
	const folder = process.env.SEMBLANCE_BIN ?? path.join(target, 'debug');
	const file = path.join(folder, name);
	if (!existsSync(file)) {
		throw new Error(`${file} is missing; run \`make build\`, or name the folder of the programs in SEMBLANCE_BIN`);
	}
	return file;
}

/** A network namespace with a loopback interface of its own. */
export interface Namespace {
	name: string;
	/** Its address towards the other namespaces. */
	address: string;
	/** Has a port of our loopback interface lead to the port of the same number of the namespace's. */
	reach(port: number): Promise<void>;
}

/** A command that runs in a namespace, if one is given. */
export function inside(namespace: Namespace | undefined, ...command: string[]): [string, string[]] {
	const [first, ...args] = [...(namespace ? ['ip', 'netns', 'exec', namespace.name] : []), ...command];
	return [first!, args];
}

/** A new folder that nobody else uses. */
export function temporaryFolder(name: string): string {
	return mkdtempSync(path.join(tmpdir(), `semblance-${name}-`));
}

/** A port of the loopback interface that nobody listens on. */
export async function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const server = createServer();
		server.once('error', reject);
		server.listen(0, '127.0.0.1', () => {
			const address = server.address();
			const port = typeof address === 'object' && address !== null ? address.port : 0;
			server.close(() => resolve(port));
		});
	});
}

/** Waits. */
export function sleep(milliseconds: number): Promise<void> {
	return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Asks again and again until there is an answer; gives up with a sentence that says what did not happen. */
export async function until<Answer>(
	what: string,
	ask: () => Promise<Answer | undefined>,
	options: { within?: number; every?: number } = {},
): Promise<Answer> {
	const { within = 60_000, every = 100 } = options;
	const end = Date.now() + within;
	let last: unknown;
	while (Date.now() < end) {
		try {
			const answer = await ask();
			if (answer !== undefined) return answer;
		} catch (error) {
			if (error instanceof Hopeless) throw error;
			last = error;
		}
		await sleep(every);
	}
	throw new Error(`gave up after ${within / 1000} s: ${what}`, { cause: last });
}

/** An error after which asking again is of no use. */
export class Hopeless extends Error {}

const running = new Set<Service>();

/** A process that runs until it is stopped. */
export class Service {
	private child: ChildProcess | undefined;
	private exited: Promise<void> = Promise.resolve();

	constructor(
		readonly name: string,
		private readonly command: string,
		private readonly args: string[],
		readonly log: string,
	) {}

	/** Process id, while it runs. */
	get pid(): number | undefined {
		return this.isRunning ? this.child?.pid : undefined;
	}

	/** How it ended, if it did by itself. */
	get exitCode(): number | undefined {
		return this.child?.exitCode ?? undefined;
	}

	/** Whether it runs. */
	get isRunning(): boolean {
		return this.child !== undefined && this.child.exitCode === null && this.child.signalCode === null;
	}

	/** Starts it (again); a log is continued. The process writes it by itself, so that a busy test never holds it up. */
	start(): void {
		if (this.isRunning) throw new Error(`${this.name} runs already`);
		appendFileSync(this.log, `# ${this.command} ${this.args.join(' ')}\n`);
		const log = openSync(this.log, 'a');
		const child = spawn(this.command, this.args, { stdio: ['ignore', log, log] });
		closeSync(log);
		this.child = child;
		running.add(this);
		this.exited = new Promise((resolve) => {
			const end = () => {
				running.delete(this);
				resolve();
			};
			child.once('exit', end);
			child.once('error', (error) => {
				appendFileSync(this.log, `${error}\n`);
				end();
			});
		});
	}

	/** Asks it to end, and ends it by force after ten seconds. */
	async stop(): Promise<void> {
		await this.end('SIGTERM', 10_000);
	}

	/** Ends it at once, as a power cut would. */
	async kill(): Promise<void> {
		await this.end('SIGKILL', 10_000);
	}

	/** Fails with the end of the log if it does not run. */
	assertRunning(): void {
		if (!this.isRunning) throw new Hopeless(`${this.name} ended by itself; its log ends:\n${tail(this.log)}`);
	}

	/** Last resort when the test's own process ends. */
	killNow(): void {
		if (this.isRunning) this.child?.kill('SIGKILL');
	}

	private async end(signal: NodeJS.Signals, patience: number): Promise<void> {
		if (!this.isRunning) return;
		this.child?.kill(signal);
		const timer = setTimeout(() => this.child?.kill('SIGKILL'), patience);
		await this.exited;
		clearTimeout(timer);
	}
}

process.once('exit', () => {
	for (const service of running) service.killNow();
});
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
	process.once(signal, () => process.exit(1));
}

/** The last lines of a log. */
export function tail(file: string, lines = 40): string {
	return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : '(no log)';
}

/** What a program that ran to its end left behind. */
export interface Finished {
	code: number;
	stdout: string;
	stderr: string;
}

/** Runs a program to its end. */
export async function run(command: string, args: string[], within = 120_000): Promise<Finished> {
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
		const stdout: Buffer[] = [];
		const stderr: Buffer[] = [];
		const timer = setTimeout(() => child.kill('SIGKILL'), within);
		child.stdout.on('data', (data) => stdout.push(data));
		child.stderr.on('data', (data) => stderr.push(data));
		child.once('error', reject);
		child.once('close', (code) => {
			clearTimeout(timer);
			const text = (parts: Buffer[]) => Buffer.concat(parts).toString('utf8');
			resolve({ code: code ?? -1, stdout: text(stdout), stderr: text(stderr) });
		});
	});
}

/** Runs a program to its end, which has to be a good one. */
export async function succeed(command: string, args: string[], within?: number): Promise<string> {
	const { code, stdout, stderr } = await run(command, args, within);
	if (code !== 0) throw new Error(`${path.basename(command)} ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
	return stdout;
}
