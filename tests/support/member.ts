/** A node of a consortium's member: with a network key, a closed network, and an endpoint for its operator. */

import path from 'node:path';
import { freePort, inside, type Namespace, program, run, Service, until } from './processes.ts';
import { type Header, rpc } from './node.ts';
import type { Worker } from './worker.ts';

/** How a member's node runs. */
export interface MemberOptions {
	/** Folder for database, keys and log. */
	folder: string;
	/** Raw chain specification. */
	spec: string;
	/** Whose organisation it is; also the name of the node. */
	person: string;
	/** Development key with which it validates; none for a node that makes its keys, or does not validate. */
	validates?: string | undefined;
	/** litep2p if not said otherwise. */
	backend?: 'litep2p' | 'libp2p';
	/** More arguments. */
	args?: string[];
	/** The worker beside it. */
	worker?: Pick<Worker, 'url' | 'tokenFile'> | undefined;
	/** Network namespace to run in; ours if none is given. */
	namespace?: Namespace;
}

/** Development keys of the founders' validators. */
const DEVELOPMENT_KEYS = ['Alice', 'Bob', 'Charlie', 'Dave'];

/** A peer as a node sees it. */
export interface PeerInfo {
	peerId: string;
	bestNumber: number;
}

/** A member's node. */
export class Member {
	private constructor(
		readonly person: string,
		/** Its peer id. */
		readonly peerId: string,
		/** Address at which others reach it. */
		readonly address: string,
		readonly service: Service,
		private readonly port: number,
		private readonly operatorsPort: number,
	) {}

	/** Makes a network key and chooses ports. */
	static async prepare(options: MemberOptions): Promise<Member> {
		const { folder, spec, person, backend = 'litep2p', args = [], worker, namespace } = options;
		const keyFile = path.join(folder, `${person}.node-key`);
		const made = await run(program('semblance-node'), ['key', 'generate-node-key', '--file', keyFile]);
		const peerId = `${made.stdout}\n${made.stderr}`.match(/12D3KooW\w+/)?.[0];
		if (!peerId) throw new Error(`no network key was made: ${made.stderr}`);
		const [port, operatorsPort, peerPort] = [await freePort(), await freePort(), await freePort()];
		const address = `/ip4/${namespace?.address ?? '127.0.0.1'}/tcp/${peerPort}`;
		const validates = 'validates' in options ? options.validates : DEVELOPMENT_KEYS.find((name) => name === person);
		const [command, given] = inside(
			namespace,
			...[program('semblance-node'), '--chain', spec, '--base-path', path.join(folder, person), '--name', person],
			...(validates ? [`--${validates.toLowerCase()}`] : []),
			...(person === 'Auditor' ? [] : ['--validator']),
			...['--state-pruning', 'archive', '--blocks-pruning', 'archive', '--network-backend', backend],
			...['--node-key-file', keyFile, '--listen-addr', address, '--rpc-port', `${port}`],
			...['--rpc-unsafe-port', `${operatorsPort}`, '--no-prometheus', '--no-telemetry', ...args],
			...(worker ? ['--worker-url', worker.url, '--worker-token-file', worker.tokenFile] : []),
		);
		const service = new Service(`node of ${person}`, command, given, path.join(folder, `${person}.log`));
		for (const inner of [port, operatorsPort]) await namespace?.reach(inner);
		return new Member(person, peerId, address, service, port, operatorsPort);
	}

	/** Starts it (again) and waits until it answers. */
	async start(): Promise<void> {
		this.service.start();
		const answers = async () => {
			this.service.assertRunning();
			return this.rpc<object>('system_health');
		};
		await until(`${this.service.name} answers`, answers, { within: 120_000, every: 50 });
	}

	/** For Polkadot.js, and for the worker beside it. */
	get ws(): string {
		return `ws://127.0.0.1:${this.port}`;
	}

	/** What its operator asks. */
	get operatorsUrl(): string {
		return `http://127.0.0.1:${this.operatorsPort}`;
	}

	/** Asks what everybody may ask. */
	rpc<Answer = unknown>(method: string, ...params: unknown[]): Promise<Answer> {
		return rpc<Answer>(`http://127.0.0.1:${this.port}`, method, ...params);
	}

	/** Asks what only its operator may ask. */
	operate<Answer = unknown>(method: string, ...params: unknown[]): Promise<Answer> {
		return rpc<Answer>(this.operatorsUrl, method, ...params);
	}

	/** Ids of the peers that it synchronises with. */
	async peers(): Promise<string[]> {
		return (await this.operate<PeerInfo[]>('system_peers')).map(({ peerId }) => peerId);
	}

	/** Height of its best block. */
	async best(): Promise<number> {
		return Number((await this.rpc<Header>('chain_getHeader')).number);
	}

	/** Its last finalised block. */
	async finalised(): Promise<{ hash: string; number: number }> {
		const hash = await this.rpc<string>('chain_getFinalizedHead');
		return { hash, number: Number((await this.rpc<Header>('chain_getHeader', hash)).number) };
	}

	/** Waits until a block of this height is final. */
	async untilFinalised(height: number, within = 60_000): Promise<void> {
		const reached = async () => ((await this.finalised()).number >= height ? true : undefined);
		await until(`block ${height} is final at ${this.service.name}`, reached, { within, every: 200 });
	}
}
