/**
 * Two hospitals cannot reach the other two for two minutes. The halves are network namespaces (as root), so that really
 * nothing passes; the tests reach the nodes by relays over socket files. SECONDS sets how long (120).
 */

import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { Chain } from '../support/chain.ts';
import { Consortium, SLOT } from '../support/consortium.ts';
import { Halves } from '../support/halves.ts';
import { Load } from '../support/load.ts';
import { sleep, temporaryFolder, until } from '../support/processes.ts';
import { measured, seconds } from '../support/report.ts';

const SECONDS = Number(process.env.SECONDS ?? 120);

describe('four hospitals whose line is cut in the middle', () => {
	let halves: Halves;
	const sides = [['Alice', 'Bob'], ['Charlie', 'Dave']] as const;
	before(async () => {
		halves = await Halves.make(temporaryFolder('halves'));
	});
	const consortium = new Consortium('partition', {
		each: (person) => {
			const half = (sides[0] as readonly string[]).includes(person) ? halves.left : halves.right;
			return { namespace: { name: half.name, address: half.address, reach: (port) => half.reach(port) } };
		},
	});
	after(() => halves.clear());

	it('finalise nothing that conflicts, and lose no transaction', async () => {
		const right = await Chain.connect(consortium.member('Charlie').ws);
		const loads = [new Load(consortium.chain, 'Alice', 5), new Load(right, 'Charlie', 5)];
		await Promise.all(loads.map((load) => load.start()));

		await halves.cut();
		await sleep(10 * SLOT);
		const stopped = await Promise.all(consortium.hospitals.map((member) => member.finalised()));
		await sleep(SECONDS * 1_000 - 10 * SLOT);
		const still = await Promise.all(consortium.hospitals.map((member) => member.finalised()));
		const bests = await Promise.all(consortium.hospitals.map((member) => member.rpc<string>('chain_getBlockHash')));
		assert.deepEqual(still.map(({ number }) => number), stopped.map(({ number }) => number), 'no half has two thirds');
		assert.ok(!bests.slice(0, 2).some((hash) => bests.slice(2).includes(hash)), 'the halves went different ways');

		await halves.mend();
		const mended = Date.now();
		const top = Math.max(...still.map(({ number }) => number));
		await Promise.all(consortium.hospitals.map((member) => member.untilFinalised(top + 1, 180_000)));
		measured(`line cut for ${SECONDS} s: finality goes on after it is mended`, seconds(mended));

		const sent = await Promise.all(loads.map((load) => load.finish(180_000)));
		measured('transactions sent on the two sides, all in blocks', sent.join(' + '));
		await consortium.agreeOn((await consortium.member('Alice').best()) + 2);
		for (const { number, hash } of still) {
			for (const member of consortium.hospitals) {
				assert.equal(await member.rpc('chain_getBlockHash', number), hash, `${member.person} keeps what was final`);
			}
		}
		const nonces = await until('both sides count the same', async () => {
			const of = async (chain: Chain) =>
				Promise.all(['Alice', 'Charlie'].map(async (name) => (await chain.read('system', 'account', chain.person(name).address)).nonce));
			const [here, there] = [await of(consortium.chain), await of(right)];
			return JSON.stringify(here) === JSON.stringify(there) ? here : undefined;
		});
		assert.deepEqual(nonces, sent);
		await right.close();
	});
});
