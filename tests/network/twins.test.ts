/** A hospital runs its validator twice with the same keys: the two contradict each other, and the chain removes it. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Consortium, SLOT } from '../support/consortium.ts';
import { program, run, until } from '../support/processes.ts';
import { measured, seconds } from '../support/report.ts';
import { SESSION } from '../support/spec.ts';

/** Starts a second node with Dave's keys, which Dave's hospital declares as its own. */
async function startTwin(consortium: Consortium, ...args: string[]): Promise<void> {
	const dave = consortium.member('Dave');
	const twin = await consortium.prepare('Twin', { validates: 'Dave', args });
	const peers = [dave, twin].map(({ peerId, address }) => ({ peerId, address }));
	await consortium.chain.send('Dave', consortium.chain.api.tx.consortium!.setPeers!(peers), 'final');
	await twin.start();
}

/** Waits until Dave's hospital has no validator. */
async function untilPutOut(consortium: Consortium): Promise<void> {
	const stash = consortium.chain.person('Dave').address;
	const isOut = async () => ((await consortium.chain.read('consortium', 'validators', stash)) === null ? true : undefined);
	await until('Dave is no validator', isOut, { within: 20 * SESSION * SLOT, every: 500 });
}

/** The kinds of offences on chain, all of them Dave's. */
async function offences(consortium: Consortium): Promise<string[]> {
	const reports = await consortium.chain.api.query.offences!.reports!.entries();
	const offenders = reports.map(([, report]) => (report.toJSON() as { offender: [string, unknown] }).offender[0]);
	assert.deepEqual([...new Set(offenders)], [consortium.chain.person('Dave').address], 'reports name Dave and nobody else');
	const kinds = await consortium.chain.api.query.offences!.concurrentReportsIndex!.keys();
	return kinds.map(({ args: [kind] }) => Buffer.from(kind!.toU8a()).toString());
}

describe('a validator that runs twice', () => {
	const consortium = new Consortium('twins');
	let started: number;

	it('is caught by the others, and the evidence is on chain', async () => {
		await startTwin(consortium);
		started = Date.now();
		await untilPutOut(consortium);
		measured('a validator that runs twice is removed after its second node answers', seconds(started));
		assert.ok((await offences(consortium)).includes('grandpa:equivoca'), 'it contradicted itself in GRANDPA');
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

describe('a validator that makes two blocks of a slot, but votes once', () => {
	const consortium = new Consortium('double-authorship');

	it('is reported by any member in one command, and put out', async () => {
		await startTwin(consortium, '--no-grandpa');
		const witness = consortium.member('Bob');
		const tell = (...args: string[]) =>
			run(program('semblance'), ['--node', witness.ws, '--signer', '//Bob', '--json', 'validator', ...args]);
		const { first, second } = await until(
			"two blocks of one of Dave's slots meet at Bob's node",
			async () => JSON.parse((await tell('contradictions')).stdout).contradictions[0] as { first: string; second: string } | undefined,
			{ within: 120_000 },
		);
		const reported = await tell('report', first, second);
		assert.equal(reported.code, 0, reported.stderr);
		await untilPutOut(consortium);
		assert.deepEqual(await offences(consortium), ['aura:double-auth']);

		const again = await tell('report', first, second);
		assert.match(again.stderr, /AlreadyReported|prove nothing/, 'nobody is reported twice for one slot');
		assert.notEqual(again.code, 0);
	});
});
