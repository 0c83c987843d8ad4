/** A hospital runs its validator twice with the same keys: the two contradict each other, and the chain removes it. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Consortium, SLOT } from '../support/consortium.ts';
import { until } from '../support/processes.ts';
import { measured, seconds } from '../support/report.ts';
import { SESSION } from '../support/spec.ts';

describe('a validator that runs twice', () => {
	const consortium = new Consortium('twins');
	const stash = () => consortium.chain.person('Dave').address;
	const validators = async () => (await consortium.chain.read('consortium', 'validators', stash())) as number | null;
	let started: number;

	it('is caught by the others, and the evidence is on chain', async () => {
		const dave = consortium.member('Dave');
		const twin = await consortium.prepare('Twin', { validates: 'Dave' });
		const peers = [dave, twin].map(({ peerId, address }) => ({ peerId, address }));
		await consortium.chain.send('Dave', consortium.chain.api.tx.consortium!.setPeers!(peers), 'final');
		await twin.start();
		started = Date.now();

		await until('Dave is no validator', async () => ((await validators()) === null ? true : undefined), {
			within: 20 * SESSION * SLOT,
			every: 500,
		});
		measured('a validator that runs twice is removed after its second node answers', seconds(started));
		const reports = await consortium.chain.api.query.offences!.reports!.entries();
		const offenders = reports.map(([, report]) => (report.toJSON() as { offender: [string, unknown] }).offender[0]);
		assert.ok(offenders.includes(stash()), 'the report names Dave');
		assert.deepEqual([...new Set(offenders)], [stash()], 'and nobody else');
		const kinds = await consortium.chain.api.query.offences!.concurrentReportsIndex!.keys();
		assert.ok(kinds.some(({ args: [kind] }) => Buffer.from(kind!.toU8a()).toString() === 'grandpa:equivoca'), 'it contradicted itself in GRANDPA');
	});

	it('is out of the set two sessions later, and the others go on', async () => {
		const others = ['Alice', 'Bob', 'Charlie'];
		await consortium.untilValidatorsAre(others);
		measured('and is out of the set', seconds(started));
		const members = others.map((person) => consortium.member(person));
		await consortium.agreeOn((await members[0]!.best()) + SESSION, members);
		assert.equal((await consortium.chain.view('consortium', 'organisation', 4)).status, 'Active', 'its hospital stays a member');
	});
});
