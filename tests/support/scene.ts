/** One hospital with node and worker in a folder of its own: what most tests happen in. */

import { rmSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before } from 'node:test';
import { Chain } from './chain.ts';
import { Semblance } from './cli.ts';
import { Node } from './node.ts';
import { tail, temporaryFolder } from './processes.ts';
import { Worker } from './worker.ts';

/** The hospital of Alice, organisation 1 of the development chain. */
export class Scene {
	readonly folder: string;
	private parts: { node: Node; worker: Worker; chain: Chain } | undefined;
	private failed = false;

	/** Call it inside `describe`: the scene is set before its tests and cleared after them, also when they fail. */
	constructor(name: string, prepare: (scene: Scene) => Promise<void> = async () => {}) {
		this.folder = temporaryFolder(name);
		before(async () => {
			try {
				await this.set();
				await prepare(this);
			} catch (error) {
				this.failed = true;
				await this.clear();
				throw error;
			}
		});
		afterEach((context) => {
			const outcome = context as { passed?: boolean; error?: unknown };
			if (outcome.passed === false || outcome.error) this.failed = true;
		});
		after(() => this.clear());
	}

	get node(): Node {
		return this.there.node;
	}

	get worker(): Worker {
		return this.there.worker;
	}

	get chain(): Chain {
		return this.there.chain;
	}

	/** The command line, pointed at this hospital. */
	get semblance(): Semblance {
		return new Semblance({ node: this.node.ws, workerUrl: this.worker.url, tokenFile: this.worker.tokenFile });
	}

	/** A path in the scene's folder. */
	file(name: string): string {
		return path.join(this.folder, name);
	}

	private get there() {
		if (!this.parts) throw new Error('the scene is not set');
		return this.parts;
	}

	private async set(): Promise<void> {
		const worker = await Worker.init(this.folder, 1);
		const node = await Node.start({ folder: this.folder, chain: 'dev', authority: 'alice', worker });
		await worker.start(node.ws);
		this.parts = { node, worker, chain: await Chain.connect(node.ws) };
	}

	private async clear(): Promise<void> {
		const parts = this.parts;
		this.parts = undefined;
		await parts?.chain.close();
		await parts?.worker.stop();
		await parts?.node.service.stop();
		if (!this.failed) return rmSync(this.folder, { recursive: true, force: true });
		for (const log of ['alice.log', 'worker.log']) {
			console.error(`--- ${this.file(log)} ends:\n${tail(this.file(log))}`);
		}
		console.error(`logs are kept in ${this.folder}`);
	}
}
