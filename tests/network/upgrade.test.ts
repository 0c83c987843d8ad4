/** A network that began with the last release upgrades to the present runtime by the council's vote, while jobs run. */

import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { blake2AsHex } from '@polkadot/util-crypto';
import { Chain, event } from '../support/chain.ts';
import { type Header, type Node, startNetwork } from '../support/node.ts';
import { temporaryFolder, until } from '../support/processes.ts';
import { presentRuntime, releasedSpec, releasedVersion } from '../support/released.ts';
import * as story from '../support/story.ts';
import { Worker } from '../support/worker.ts';

/** Who votes: two thirds of four are three. */
const VOTERS = ['Bob', 'Charlie'];
/** Milliseconds within which four nodes on one machine compile the new runtime and go on. */
const COMPILED = 180_000;
/** Blocks of a year, for which roles are given. */
const YEAR = 365 * 43_200;

describe('an upgrade from the last release in the middle of jobs', () => {
	const folder = temporaryFolder('upgrade');
	let nodes: Node[];
	let worker: Worker;
	let stage: story.Stage;
	let ground: story.Groundwork;
	let code: string;
	let proposal: number;
	/** One job that is accepted and one that waits, both from before the upgrade. */
	let jobs: number[];
	let upgraded: number;

	const tx = (pallet: string) => stage.chain.api.tx[pallet]!;
	const version = async (node: Node) => (await node.rpc<{ specVersion: number }>('state_getRuntimeVersion')).specVersion;
	const request = () => story.requestJob(stage, ground.agreement, ground.generator);

	before(async () => {
		worker = await Worker.init(folder, 2);
		nodes = await startNetwork(folder, worker, releasedSpec(folder));
		await worker.start(nodes[1]!.ws);
		stage = { chain: await Chain.connect(nodes[1]!.ws), worker, steward: 'Bob' };
	});
	after(async () => {
		await stage?.chain.close();
		await worker?.stop();
		await Promise.all((nodes ?? []).map((node) => node.service.stop()));
		rmSync(folder, { recursive: true, force: true });
	});

	it('begins with the released runtime, on which people work', async () => {
		for (const node of nodes) assert.equal(await version(node), releasedVersion());
		ground = await story.groundwork(stage, folder, 200);
		await story.attested(stage, await request());
	});

	it('is voted for by two thirds and announced; before its time nobody enacts it', async () => {
		code = await presentRuntime(folder);
		const call = tx('system').authorizeUpgrade!(blake2AsHex(code, 256));
		proposal = event(await stage.chain.send('Alice', tx('council').propose!(call)), 'ProposalMade').proposal;
		await Promise.all(VOTERS.map((person) => stage.chain.send(person, tx('council').vote!(proposal, true))));
		assert.equal(await stage.chain.refusal('Alice', tx('council').enact!(proposal)), 'TooEarly');
		assert.equal(await stage.chain.refusal('Dave', tx('system').applyAuthorizedUpgrade!(code)), 'NothingAuthorized');
	});

	it('finds one job accepted and one waiting, while the hospital is without its worker', async () => {
		const accepted = await request();
		await until('the first job is accepted', async () => ((await story.job(stage, accepted)).state === 'Accepted' ? true : undefined), {
			within: 60_000,
		});
		await worker.kill();
		jobs = [accepted, await request()];
		const states = await Promise.all(jobs.map(async (id) => (await story.job(stage, id)).state));
		assert.deepEqual(states, ['Accepted', 'Requested']);
	});

	it('refuses other code than was authorised, and runs the authorised code everywhere', async () => {
		const enacted = await until('the announcement is over', () => stage.chain.send('Alice', tx('council').enact!(proposal)));
		assert.ok('ok' in event(enacted, 'ProposalEnacted').result);
		const other = `${code.slice(0, -2)}${code.endsWith('00') ? '01' : '00'}`;
		assert.equal(await stage.chain.refusal('Dave', tx('system').applyAuthorizedUpgrade!(other)), 'Unauthorized');
		// Nodes answer late while they compile the new code, so that the transaction is not followed, but looked for.
		const before = (await nodes[0]!.finalised()).number;
		await tx('system').applyAuthorizedUpgrade!(code).signAndSend(stage.chain.person('Dave'), { nonce: -1 });
		upgraded = await until('the code is in a block', () => blockOfNewCode(nodes[0]!, before), { within: COMPILED });
		await Promise.all(nodes.map((node) => node.untilFinalised(upgraded + 3, COMPILED)));
		for (const node of nodes) assert.ok((await version(node)) > releasedVersion(), `${node.service.name} runs the new code`);
		const hashes = await Promise.all(nodes.map((node) => node.rpc<string>('chain_getBlockHash', upgraded + 3)));
		assert.equal(new Set(hashes).size, 1, 'all nodes agree on a block of the new runtime');
	});

	it('has changed the records of the last release to the present form', async () => {
		await stage.chain.close();
		stage = { ...stage, chain: await Chain.connect(nodes[1]!.ws) };
		const ends = await Promise.all(
			['Bob', 'Researcher'].map((person) => stage.chain.read('consortium', 'rolesUntil', stage.chain.person(person).address)),
		);
		assert.deepEqual(ends, [upgraded + YEAR, upgraded + YEAR], 'roles end a year after the upgrade');
		for (const handle of ground.dataset.handles) {
			const consent = await stage.chain.read('consent', 'consents', handle);
			assert.equal(consent.latest.status, 'Given', 'a consent holds its latest change');
			assert.equal(await stage.chain.read('consent', 'history', handle, 0), null, 'and history those before it');
		}
	});

	it('attests both jobs once the worker is back, and a new one', async () => {
		await worker.start(nodes[1]!.ws);
		await Promise.all(jobs.map((id) => story.attested(stage, id)));
		const next = await request();
		await story.attested(stage, next);
		const number = Number((await nodes[1]!.rpc<Header>('chain_getHeader')).number);
		await nodes[0]!.untilFinalised(number);
		const trail = await nodes[0]!.rpc<any[]>('semblance_auditTrail', ground.dataset.id, 1, number);
		for (const id of [...jobs, next]) {
			const told = trail.filter(({ fields }) => fields.job === id).map(({ event }) => event);
			assert.deepEqual(told, ['JobRequested', 'JobAccepted', 'JobAttested'], `job ${id}, each once`);
		}
	});
});

/** The block from `first` on whose digest says that the code changed in it. */
async function blockOfNewCode(node: Node, first: number): Promise<number | undefined> {
	const best = Number((await node.rpc<Header>('chain_getHeader')).number);
	for (let height = first; height <= best; height++) {
		const header = await node.rpc<Header>('chain_getHeader', await node.rpc<string>('chain_getBlockHash', height));
		if (header.digest.logs.includes('0x08')) return height;
	}
	return undefined;
}
