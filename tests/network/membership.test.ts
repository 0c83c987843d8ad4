/** A hospital joins by the council's vote, validates, and is removed: it loses its connections, its blocks and its votes. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { Consortium, FOUNDERS, SLOT } from '../support/consortium.ts';
import { event } from '../support/chain.ts';
import type { Member } from '../support/member.ts';
import { sleep, until } from '../support/processes.ts';
import { measured, seconds } from '../support/report.ts';
import { SESSION } from '../support/spec.ts';

/** Milliseconds within which a removed hospital has lost its connections. */
const DISCONNECTED = 30_000;

for (const backend of ['litep2p', 'libp2p'] as const) {
	describe(`a fifth hospital, with ${backend}`, () => {
		const consortium = new Consortium(`membership-${backend}`, { auditor: true, options: { backend } });
		let eve: Member;
		let organisation: number;
		const tx = (pallet: string) => consortium.chain.api.tx[pallet]!;
		const stash = () => consortium.chain.person('Eve').address;
		const others = () => consortium.members.filter((member) => member !== eve);

		it('has no connection before the council admits it', async () => {
			eve = await consortium.prepare('Eve', { args: ['--force-authoring'] });
			await eve.start();
			await sleep(10_000);

			assert.deepEqual(await eve.peers(), []);
			for (const member of others()) assert.ok(!(await member.peers()).includes(eve.peerId), member.person);
			assert.equal((await eve.finalised()).number, 0);
		});

		it('is admitted by two thirds, declares its peer, and has all blocks', async () => {
			const { admitOrganisation } = tx('consortium');
			const admitted = await consortium.decide(admitOrganisation!('Hospital Eve', 'Hospital', stash()));
			organisation = event(admitted, 'OrganisationAdmitted').organisation;
			const peers = [{ peerId: eve.peerId, address: eve.address }];
			await consortium.chain.send('Eve', tx('consortium').setPeers!(peers), 'final');
			const declared = Date.now();

			const { number } = await consortium.member('Alice').finalised();
			await eve.untilFinalised(number, 60_000);
			measured(`${backend}: synchronised after its declaration was final`, seconds(declared));
			const connected = others().map((member) => member.peerId).sort();
			await until('Eve is connected to all', async () =>
				JSON.stringify((await eve.peers()).sort()) === JSON.stringify(connected) ? true : undefined,
			);
		});

		it('sets the keys that its own node made, and validates after two sessions', async () => {
			await consortium.decide(tx('consortium').addValidator!(organisation, stash()), FOUNDERS);
			const made = await eve.operate<{ keys: string; proof: string }>(
				'author_rotateKeysWithOwner',
				`0x${Buffer.from(consortium.chain.person('Eve').publicKey).toString('hex')}`,
			);
			const set = await consortium.chain.send('Eve', tx('consortium').setValidatorKeys!(stash(), made.keys, made.proof));
			await consortium.untilValidatorsAre([...FOUNDERS, 'Eve']);

			const session = Math.ceil((await consortium.member('Alice').best()) / SESSION) * SESSION - set.number;
			assert.ok(session <= 3 * SESSION, `it took ${session} blocks`);
			await until(
				'Eve makes blocks',
				async () => (await consortium.chain.read('consortium', 'lastBlock', stash())) ?? undefined,
				{ within: 10 * SESSION * SLOT, every: 500 },
			);
			assert.equal(await voters(consortium), 5);
		});

		it('loses its connections within 30 s of its removal', async () => {
			await consortium.decide(tx('consortium').removeOrganisation!(organisation), FOUNDERS);
			const removed = Date.now();
			await Promise.all(
				others().map((member) =>
					until(
						`${member.person} has disconnected Eve`,
						async () => ((await member.peers()).includes(eve.peerId) ? undefined : true),
						{ within: DISCONNECTED },
					),
				),
			);
			measured(`${backend}: disconnected everywhere after the removal was in a block`, seconds(removed));
		});

		it('is not let in again, also after a restart', async () => {
			await eve.service.stop();
			await eve.start();
			await sleep(15_000);
			for (const member of others()) assert.ok(!(await member.peers()).includes(eve.peerId), member.person);
		});

		it('is out of the set, and nobody takes its blocks or votes while the rest finalise', async () => {
			await consortium.untilValidatorsAre(FOUNDERS);
			const from = await consortium.member('Alice').best();
			await consortium.agreeOn(from + 2 * SESSION, others());

			assert.equal(await voters(consortium), 4);
			const authors = await authorsOf(consortium, from + 1, from + 2 * SESSION);
			assert.ok(!authors.has(stash()), 'no block is Eve’s');
			const hers = await eve.rpc<string>('chain_getBlockHash');
			const fork = (await eve.best()) > (await eve.finalised()).number;
			if (fork) {
				for (const member of others()) assert.equal(await member.rpc('chain_getHeader', hers), null, member.person);
			}
			measured(`${backend}: blocks that the removed hospital made for itself`, `${(await eve.best()) - (await eve.finalised()).number}`);
		});
	});
}

/** How many votes count in GRANDPA's current round. */
async function voters(consortium: Consortium): Promise<number> {
	return until('GRANDPA votes', async () => {
		const state = await consortium.member('Bob').rpc<{ best: { totalWeight: number } }>('grandpa_roundState');
		return state.best.totalWeight;
	});
}

/** Whose blocks these are. */
async function authorsOf(consortium: Consortium, first: number, last: number): Promise<Set<string>> {
	const { api } = consortium.chain;
	const authors = new Set<string>();
	for (let height = first; height <= last; height++) {
		const hash = await api.rpc.chain.getBlockHash(height);
		const at = await api.at(hash);
		const header = await api.rpc.chain.getHeader(hash);
		const slot = header.digest.logs[0]!.asPreRuntime[1].toU8a(true).slice(0, 8);
		const validators = (await at.query.session!.validators!()) as unknown as { toString(): string }[];
		const index = Number(Buffer.from(slot).readBigUInt64LE() % BigInt(validators.length));
		authors.add(validators[index]!.toString());
	}
	return authors;
}
