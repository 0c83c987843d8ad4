/** The command line `semblance`, as a person types it. */

import { type Finished, program, run } from './processes.ts';

/** Whom the command line talks to. */
export interface Place {
	node: string;
	workerUrl: string;
	tokenFile: string;
}

/** A person at a command line. */
export class Semblance {
	constructor(private readonly place: Place) {}

	/** Runs a command, whatever comes of it. */
	attempt(signer: string, ...args: string[]): Promise<Finished> {
		const { node, workerUrl, tokenFile } = this.place;
		const whereabouts = ['--node', node, '--worker-url', workerUrl, '--token-file', tokenFile, '--signer', `//${signer}`];
		return run(program('semblance'), [...whereabouts, '--json', ...args]);
	}

	/** Runs a command that has to succeed and returns the JSON document that it prints. */
	async as(signer: string, ...args: string[]): Promise<any> {
		return parse(await this.attempt(signer, ...args), args);
	}
}

/** Verifies offline: without node, worker or signer. */
export function verify(...args: string[]): Promise<Finished> {
	return run(program('semblance'), ['verify', ...args]);
}

function parse({ code, stdout, stderr }: Finished, args: string[]): any {
	if (code !== 0) throw new Error(`semblance ${args.join(' ')} ended with ${code}:\n${stdout}\n${stderr}`);
	if (stdout.trim() === '') return undefined;
	try {
		return JSON.parse(stdout);
	} catch (cause) {
		throw new Error(`semblance ${args.join(' ')} --json printed no JSON document:\n${stdout}`, { cause });
	}
}
