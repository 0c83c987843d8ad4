/** A worker under test, and plain HTTP to it. */

import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { freePort, inside, type Namespace, program, Service, succeed, until } from './processes.ts';

/** A worker's answer. */
export interface Answer {
	status: number;
	/** The body as JSON, if it is JSON. */
	json: any;
	/** The body. */
	bytes: Uint8Array;
}

/** A refusal as the worker words it. */
export interface Refusal {
	code: string;
	message: string;
	remedy: string;
}

/** What a worker says of a job. */
export interface JobStatus {
	job: number;
	attempt: number;
	stage: string;
	error?: string;
	acceptance?: unknown;
	attestation_body?: any;
}

/** A worker with its data folder. */
export class Worker {
	private service: Service | undefined;

	private constructor(
		readonly folder: string,
		readonly organisation: number,
		private readonly port: number,
		private readonly namespace: Namespace | undefined,
	) {}

	/** Makes a data folder with keys and token; nothing runs yet. */
	static async init(folder: string, organisation: number, namespace?: Namespace): Promise<Worker> {
		mkdirSync(folder, { recursive: true });
		const worker = new Worker(folder, organisation, await freePort(), namespace);
		await namespace?.reach(worker.port);
		await succeed(program('semblance-worker'), ['init', '--data', worker.data]);
		return worker;
	}

	/** Data folder. */
	get data(): string {
		return path.join(this.folder, 'worker');
	}

	/** Base URL. */
	get url(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	/** File with the bearer token. */
	get tokenFile(): string {
		return path.join(this.data, 'token');
	}

	/** Bearer token. */
	get token(): string {
		return readFileSync(this.tokenFile, 'utf8').trim();
	}

	/** Log file. */
	get log(): string {
		return path.join(this.folder, 'worker.log');
	}

	/** Starts it beside a node and waits until it answers. */
	async start(node: string): Promise<void> {
		const listen = `127.0.0.1:${this.port}`;
		const args = ['serve', '--data', this.data, '--listen', listen, '--node', node, '--organisation', `${this.organisation}`];
		const [command, given] = inside(this.namespace, program('semblance-worker'), ...args);
		const service = (this.service ??= new Service('worker', command, given, this.log));
		service.start();
		await until('the worker answers', async () => {
			service.assertRunning();
			return (await this.request('GET', '/v1/health')).status === 200 ? true : undefined;
		});
	}

	/** Ends it at once, as a power cut would. */
	async kill(): Promise<void> {
		await this.service?.kill();
	}

	/** Asks it to end. */
	async stop(): Promise<void> {
		await this.service?.stop();
	}

	/** Any request; with the right token unless headers say otherwise. */
	async request(
		method: string,
		route: string,
		body?: string | Uint8Array | object,
		headers: Record<string, string> = {},
	): Promise<Answer> {
		const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined;
		const response = await fetch(`${this.url}${route}`, {
			method,
			headers: {
				authorization: `Bearer ${this.token}`,
				...(raw ? {} : { 'content-type': 'application/json' }),
				...headers,
			},
			body: raw ? body : JSON.stringify(body),
		});
		const bytes = new Uint8Array(await response.arrayBuffer());
		return { status: response.status, bytes, json: parsed(bytes) };
	}

	/** A request that has to succeed. */
	async ask(method: string, route: string, body?: string | Uint8Array | object, headers?: Record<string, string>): Promise<any> {
		const answer = await this.request(method, route, body, headers);
		if (answer.status >= 300) {
			throw new Error(`${method} ${route}: ${answer.status} ${Buffer.from(answer.bytes).toString('utf8')}`);
		}
		return answer.json;
	}

	/** What it says of a job, if it knows it. */
	async job(id: number): Promise<JobStatus | undefined> {
		const answer = await this.request('GET', `/v1/jobs/${id}`);
		return answer.status === 200 ? (answer.json as JobStatus) : undefined;
	}
}

function parsed(bytes: Uint8Array): unknown {
	try {
		return JSON.parse(Buffer.from(bytes).toString('utf8'));
	} catch {
		return undefined;
	}
}
