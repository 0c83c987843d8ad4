/** A node under test, and plain JSON-RPC to it. */

import path from 'node:path';
import { freePort, program, Service, tail, until } from './processes.ts';
import type { Worker } from './worker.ts';

/** An error that a node answered with. */
export class RpcError extends Error {
	constructor(
		readonly method: string,
		readonly code: number,
		message: string,
		readonly data: unknown,
	) {
		super(`${method}: ${code} ${message}${data === undefined ? '' : ` (${String(data)})`}`);
	}
}

/**
 * What a node ends with if the kernel could not share the memory of the runtime's instances at that moment, because it still
 * held one of its pages (EBUSY of F_ADD_SEALS). The next start succeeds.
 */
const KERNEL_BUSY = 'cannot add seals to the memfd: Device or resource busy';

/** Milliseconds after which a question without an answer is given up. */
const DEADLINE = 30_000;

/** Asks a node by JSON-RPC over HTTP; no library involved. */
export async function rpc<Answer = unknown>(url: string, method: string, ...params: unknown[]): Promise<Answer> {
	const response = await fetch(url, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
		signal: AbortSignal.timeout(DEADLINE),
	});
	const answer = (await response.json()) as { result?: Answer; error?: { code: number; message: string; data?: unknown } };
	if (answer.error) throw new RpcError(method, answer.error.code, answer.error.message, answer.error.data);
	return answer.result as Answer;
}

/** A block header as nodes show it. */
export interface Header {
	number: string;
	parentHash: string;
	stateRoot: string;
	extrinsicsRoot: string;
	digest: { logs: string[] };
}

/** How a node is started. */
export interface NodeOptions {
	/** Folder for database and log. */
	folder: string;
	/** `dev` has one hospital, `local` has four; or a file with a raw specification. */
	chain: string;
	/** Development key of the validator. */
	authority: 'alice' | 'bob' | 'charlie' | 'dave';
	/** The worker beside it. */
	worker?: Pick<Worker, 'url' | 'tokenFile'>;
	/** Addresses of other nodes. */
	bootnodes?: string[];
	/** Port of the loopback interface for metrics; without it there are none. */
	metricsPort?: number;
	/** Whether it makes blocks without slots and votes. */
	instant?: boolean;
	/** More arguments. */
	args?: string[];
}

/** A running node. */
export class Node {
	private constructor(
		readonly service: Service,
		readonly options: NodeOptions,
		private readonly port: number,
		private readonly peerPort: number,
	) {}

	/** Starts a node and waits until it answers. */
	static async start(options: NodeOptions): Promise<Node> {
		const [port, peerPort] = [await freePort(), await freePort()];
		const { folder, chain, authority, worker, bootnodes = [], metricsPort, instant = false, args: more = [] } = options;
		const args = [
			...['--chain', chain, '--validator', `--${authority}`],
			...['--base-path', path.join(folder, authority), '--state-pruning', 'archive', '--blocks-pruning', 'archive'],
			...['--rpc-port', `${port}`, '--rpc-cors', 'all', '--listen-addr', `/ip4/127.0.0.1/tcp/${peerPort}`],
			...['--no-mdns', '--no-telemetry', '--unsafe-force-node-key-generation'],
			...(metricsPort === undefined ? ['--no-prometheus'] : ['--prometheus-port', `${metricsPort}`]),
			...(instant ? ['--sealing', 'instant'] : []),
			...(chain === 'dev' ? ['--force-authoring'] : []),
			...(worker ? ['--worker-url', worker.url, '--worker-token-file', worker.tokenFile] : []),
			...bootnodes.flatMap((address) => ['--bootnodes', address]),
			...more,
		];
		const service = new Service(`node ${authority}`, program('semblance-node'), args, path.join(folder, `${authority}.log`));
		const node = new Node(service, options, port, peerPort);
		await node.start();
		return node;
	}

	/** Starts it, also again after {@link Service.kill}. A kernel that is busy is tried again, as a hospital's service does. */
	async start(): Promise<void> {
		this.service.start();
		await until(`${this.service.name} answers`, async () => {
			const { isRunning, log } = this.service;
			if (!isRunning && tail(log, 1).includes(KERNEL_BUSY)) this.service.start();
			this.service.assertRunning();
			return this.rpc<object>('system_health');
		});
	}

	/** For Polkadot.js and the command line. */
	get ws(): string {
		return `ws://127.0.0.1:${this.port}`;
	}

	/** For plain requests. */
	get http(): string {
		return `http://127.0.0.1:${this.port}`;
	}

	/** Asks the node. */
	rpc<Answer = unknown>(method: string, ...params: unknown[]): Promise<Answer> {
		return rpc<Answer>(this.http, method, ...params);
	}

	/** Address under which other nodes find it. */
	async address(): Promise<string> {
		return `/ip4/127.0.0.1/tcp/${this.peerPort}/p2p/${await this.rpc<string>('system_localPeerId')}`;
	}

	/** The last finalised block. */
	async finalised(): Promise<{ hash: string; number: number; header: Header }> {
		const hash = await this.rpc<string>('chain_getFinalizedHead');
		const header = await this.rpc<Header>('chain_getHeader', hash);
		return { hash, number: Number(header.number), header };
	}

	/** Waits until a block of this height is final. */
	async untilFinalised(number: number, within = 60_000): Promise<void> {
		await until(
			`block ${number} is final at ${this.service.name}`,
			async () => ((await this.finalised()).number >= number ? true : undefined),
			{ within },
		);
	}
}

/** Four hospitals on one machine. `worker` belongs to the hospital of Bob. `chain` has the keys of `local`. */
export async function startNetwork(folder: string, worker?: NodeOptions['worker'], chain = 'local'): Promise<Node[]> {
	const first = await Node.start({ folder, chain, authority: 'alice' });
	const bootnodes = [await first.address()];
	const others = await Promise.all(
		(['bob', 'charlie', 'dave'] as const).map((authority) =>
			Node.start({ folder, chain, authority, bootnodes, worker: authority === 'bob' ? worker : undefined }),
		),
	);
	const nodes = [first, ...others];
	await Promise.all(nodes.map((node) => node.untilFinalised(2, 120_000)));
	return nodes;
}
