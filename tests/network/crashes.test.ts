/** Validators lose power: one of four, again and again under load; then two of four. KILLS sets how often (20). */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Consortium, SLOT } from '../support/consortium.ts';
import { Load } from '../support/load.ts';
import { sleep } from '../support/processes.ts';
import { measured, seconds } from '../support/report.ts';

const KILLS = Number(process.env.KILLS ?? 20);
/** Milliseconds within which a node that was down has caught up. */
const CAUGHT_UP = 60_000;
/** Milliseconds within which finality goes on once three of four are back. */
const RESUMED = 10_000;

describe('four hospitals that lose power', () => {
	const consortium = new Consortium('crashes');
	const alice = () => consortium.member('Alice');
	const dave = () => consortium.member('Dave');

	it(`go on while one is killed ${KILLS} times under load, and it catches up each time`, async () => {
		const load = new Load(consortium.chain, 'Alice');
		await load.start();
		const times: number[] = [];
		for (let kill = 0; kill < KILLS; kill++) {
			await sleep(2_000 + ((kill * 731) % SLOT));
			await dave().service.kill();
			const { number } = await alice().finalised();
			await alice().untilFinalised(number + 2, 30_000);

			const restarted = Date.now();
			await dave().start();
			const now = await alice().finalised();
			await dave().untilFinalised(now.number, CAUGHT_UP);
			times.push(Date.now() - restarted);
		}
		const sent = await load.finish();
		await consortium.agreeOn((await alice().best()) + 2);

		const log = readFileSync(dave().service.log, 'utf8');
		assert.doesNotMatch(log, /corrupt|panicked|Critical database error/i);
		times.sort((a, b) => a - b);
		measured(`${KILLS} kills under load, ${sent} transactions: caught up after the restart, longest`, `${(times.at(-1)! / 1_000).toFixed(1)} s`);
		measured('caught up, median', `${(times[times.length >> 1]! / 1_000).toFixed(1)} s`);
	});

	it('finalise nothing and do not fork while two are down, and resume within 10 s', async () => {
		const [charlie, down] = [consortium.member('Charlie'), [consortium.member('Charlie'), dave()]];
		await Promise.all(down.map((member) => member.service.kill()));
		await sleep(3 * SLOT);
		const before = await alice().finalised();
		await sleep(15 * SLOT);
		assert.equal((await alice().finalised()).number, before.number, 'two of four finalise nothing');
		assert.ok((await alice().best()) > before.number, 'blocks are still made');
		const height = await alice().best() - 2;
		const hashes = await Promise.all(['Alice', 'Bob'].map((person) => consortium.member(person).rpc('chain_getBlockHash', height)));
		assert.equal(hashes[0], hashes[1], 'the two that are left are on one chain');

		const starting = Date.now();
		await charlie.start();
		const back = Date.now();
		await alice().untilFinalised(before.number + 1, 120_000);
		measured('two of four down, one back: its start', `${((back - starting) / 1_000).toFixed(1)} s`);
		measured('finality goes on after it answers', seconds(back));
		const resumed = Date.now() - back;
		await dave().start();
		await consortium.agreeOn((await alice().best()) + 2);
		assert.ok(resumed <= RESUMED, `finality went on after ${resumed / 1_000} s`);
	});
});
