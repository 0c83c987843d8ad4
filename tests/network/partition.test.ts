/**
 * Two hospitals cannot reach the other two for two minutes. The halves are network namespaces (as root), so that really
 * nothing passes; the tests reach the nodes by relays over socket files. SECONDS sets how long (120).
 */

import assert from 'node:assert/strict';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { Chain } from '../support/chain.ts';
import { Consortium, FOUNDERS, SLOT } from '../support/consortium.ts';
import { type Half, Halves } from '../support/halves.ts';
import { Load } from '../support/load.ts';
import { sleep, until } from '../support/processes.ts';
import { measured, seconds } from '../support/report.ts';
import * as story from '../support/story.ts';
import { Worker } from '../support/worker.ts';

const SECONDS = Number(process.env.SECONDS ?? 120);
/** Patients of each dataset. */
const PATIENTS = 60;
/** Members of each half; the first has a worker and a dataset. */
const SIDES = [['Alice', 'Bob'], ['Charlie', 'Dave']];
/** Who asks for data on each side. */
const RESEARCHERS = ['Researcher', 'Colleague'];

/** A half of the network, with a hospital that has data and a researcher who asks for it. */
interface Side {
	stage: story.Stage & { researcher: string };
	load: Load;
	agreement: number;
	dataset: number;
}

describe('four hospitals whose line is cut in the middle', () => {
	let halves: Halves;
	const workers = new Map<string, Worker>();
	const half = (person: string): Half => (SIDES[0]!.includes(person) ? halves.left : halves.right);
	before(async () => {
		halves = await Halves.make(consortium.folder);
		for (const [person] of SIDES as [string][]) {
			workers.set(person, await Worker.init(path.join(consortium.folder, `at-${person}`), FOUNDERS.indexOf(person) + 1, half(person)));
		}
	});
	const consortium = new Consortium('partition', {
		each: (person) => ({ namespace: half(person), worker: workers.get(person) }),
	});
	after(async () => {
		await Promise.all([...workers.values()].map((worker) => worker.stop()));
		await halves.clear();
	});

	let generator: number;
	let sides: Side[];
	/** Asks for a table on a side, in a way that outlives forks. */
	const ask = async ({ stage: { chain, researcher }, agreement }: Side) => {
		const who = chain.person(researcher);
		const nonce = (await chain.api.rpc.system.accountNextIndex(who.address)).toNumber();
		const call = chain.api.tx.generationAttestation!.requestGeneration!(agreement, generator, [], 100, 0);
		const jobs = await jobCount(chain);
		await chain.api.rpc.author.submitExtrinsic(await chain.sign(who, call, nonce));
		await until('the request is in a block of this side', async () => ((await jobCount(chain)) > jobs ? true : undefined));
	};

	it('have data, consents and agreements on both sides', async () => {
		const { addMember } = consortium.chain.api.tx.consortium!;
		await consortium.chain.send('Researcher', addMember!(consortium.chain.person('Colleague').address, ['Researcher'], null));
		sides = await Promise.all(
			SIDES.map(async ([person], side) => {
				const [member, worker] = [consortium.member(person!), workers.get(person!)!];
				await worker.start(member.ws);
				const chain = await Chain.connect(member.ws);
				const stage = { chain, worker, steward: person!, researcher: RESEARCHERS[side]! };
				const dataset = await story.registerDataset(stage, await story.simulate(worker.folder, PATIENTS, side + 7));
				await story.captureConsents(stage, dataset.handles);
				return { stage, load: new Load(chain, person!, 5), dataset: dataset.id, agreement: 0 };
			}),
		);
		for (const side of sides) side.agreement = await story.concludeAgreement(side.stage, side.dataset);
		generator = await story.approveGenerator(sides[0]!.stage);
	});

	it('finalise nothing that conflicts, and lose no transaction', async () => {
		const before = await Promise.all(sides.map(({ stage }) => nonces(stage.chain)));
		await Promise.all(sides.map(({ load }) => load.start()));
		for (const side of sides) await ask(side);

		await halves.cut();
		await sleep(10 * SLOT);
		const stopped = await Promise.all(consortium.hospitals.map((member) => member.finalised()));
		await Promise.all(sides.map(ask));
		await sleep(SECONDS * 1_000 - 12 * SLOT);
		const still = await Promise.all(consortium.hospitals.map((member) => member.finalised()));
		const bests = await Promise.all(consortium.hospitals.map((member) => member.rpc<string>('chain_getBlockHash')));
		assert.deepEqual(still.map(({ number }) => number), stopped.map(({ number }) => number), 'no half has two thirds');
		assert.ok(!bests.slice(0, 2).some((hash) => bests.slice(2).includes(hash)), 'the halves went different ways');

		await halves.mend();
		const mended = Date.now();
		const top = Math.max(...still.map(({ number }) => number));
		await Promise.all(consortium.hospitals.map((member) => member.untilFinalised(top + 1, 180_000)));
		measured(`line cut for ${SECONDS} s: finality goes on after it is mended`, seconds(mended));

		const sent = await Promise.all(sides.map(({ load }) => load.finish(180_000)));
		measured('transactions sent on the two sides, all in blocks', sent.join(' + '));
		await consortium.agreeOn((await consortium.member('Alice').best()) + 2);
		for (const { number, hash } of still) {
			for (const member of consortium.hospitals) {
				assert.equal(await member.rpc('chain_getBlockHash', number), hash, `${member.person} keeps what was final`);
			}
		}
		const now = await Promise.all(sides.map(({ stage }) => nonces(stage.chain)));
		assert.deepEqual(now[0], now[1], 'both sides count the same');
		assert.deepEqual(now[0]!.map((nonce, person) => nonce - before[0]![person]!), sent);
	});

	it('attest each job exactly once, whichever side it was asked for on', async () => {
		const count = await jobCount(consortium.chain);
		assert.equal(count, 2 * sides.length, 'no request was lost or doubled');
		const jobs = Array.from({ length: count }, (_, index) => index + 1);
		const done = await Promise.all(
			jobs.map(async (id) => {
				const { dataset } = await story.job(consortium, id);
				return story.attested(sides.find((side) => side.dataset === dataset)!.stage, id);
			}),
		);
		for (const side of sides) assert.equal(done.filter((job) => job.dataset === side.dataset).length, 2);

		const height = await consortium.member('Alice').best();
		await consortium.agreeOn(height);
		for (const member of consortium.hospitals) {
			for (const id of jobs) {
				const { dataset } = done[id - 1]!;
				const trail = await member.rpc<any[]>('semblance_auditTrail', dataset, 1, height);
				const events = trail.filter(({ fields }) => fields.job === id).map(({ event }) => event);
				const seen = (name: string) => events.filter((event) => event === name).length;
				assert.deepEqual([seen('JobAccepted'), seen('JobAttested'), seen('JobFailed')], [1, 1, 0], `job ${id} at ${member.person}: ${events}`);
			}
		}
		measured('jobs asked for before and during the cut, each attested once', `${count}`);
		await Promise.all(sides.map(({ stage }) => stage.chain.close()));
	});
});

/** How many jobs there are, as one node sees it. */
async function jobCount(chain: Chain): Promise<number> {
	return chain.read('generationAttestation', 'jobCount');
}

/** How many transactions the stewards of both sides have in blocks. */
async function nonces(chain: Chain): Promise<number[]> {
	return Promise.all(SIDES.map(async ([person]) => (await chain.read('system', 'account', chain.person(person!).address)).nonce));
}
