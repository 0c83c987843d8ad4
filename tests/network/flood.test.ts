/** One member sends ten thousand transactions at once; patients of another hospital withdraw meanwhile. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KeyringPair } from '@polkadot/keyring/types';
import { randomAsHex } from '@polkadot/util-crypto';
import { Chain } from '../support/chain.ts';
import { Consortium } from '../support/consortium.ts';
import { capture } from '../support/load.ts';
import { sleep } from '../support/processes.ts';
import { measured, seconds } from '../support/report.ts';
import { digest, terms } from '../support/story.ts';

const TRANSACTIONS = Number(process.env.TRANSACTIONS ?? 10_000);
/** Transactions that are sent without waiting for the answers. */
const AT_ONCE = 200;
/** Most blocks from a withdrawal to its finality. */
const BLOCKS = 3;
/** Patients who withdraw while the flood goes on, one after the other. */
const PATIENTS = 12;

describe('a member that floods the chain', () => {
	// The flood is to meet the quota, not the limit of calls that its own node sets.
	const consortium = new Consortium('flood', { options: { args: ['--rpc-rate-limit', '4000000000'] } });
	const patients: { handle: string; account: KeyringPair }[] = [];

	it('does not delay the withdrawals of others’ patients', async () => {
		const bob = await Chain.connect(consortium.member('Bob').ws);
		for (let index = 0; index < PATIENTS; index++) patients.push({ handle: randomAsHex(32), account: bob.person(`Patient${index}`) });
		const { request, give, withdraw } = bob.api.tx.consent!;
		for (const { handle, account } of patients) {
			await bob.send('Bob', request!(handle, account.address, terms(), null, digest(0x0a), 'SelfSigned'));
			await bob.send(account, give!(handle));
		}

		const flood = new Flood(await Chain.connect(consortium.member('Alice').ws));
		await flood.prepare();
		const started = Date.now();
		const flooding = flood.go();
		const blocks: number[] = [];
		for (const { handle, account } of patients) {
			const height = (await bob.api.rpc.chain.getHeader()).number.toNumber();
			await bob.send(account, withdraw!(handle, digest(0)), 'final');
			const now = (await bob.api.rpc.chain.getHeader()).number.toNumber();
			blocks.push(now - height);
			assert.ok(flood.isGoing, 'the flood still goes on');
		}
		const refused = await flooding;
		measured('flood: transactions sent, answers of the quota that made them wait', `${TRANSACTIONS}, ${refused}`);
		measured('flood: its length', seconds(started));
		measured('flood: blocks from a patient’s withdrawal to its finality, each', blocks.join(' '));
		assert.ok(Math.max(...blocks) <= BLOCKS, `at most ${BLOCKS} blocks: ${blocks.join(' ')}`);
		await bob.close();
		await flood.close();
	});
});

/** Ten thousand captures of one steward, signed beforehand. */
class Flood {
	isGoing = true;
	private readonly transactions: string[] = [];

	constructor(private readonly chain: Chain) {}

	async prepare(): Promise<void> {
		const { api } = this.chain;
		const steward = this.chain.person('Alice');
		const nonce = (await api.rpc.system.accountNextIndex(steward.address)).toNumber();
		const { genesisHash, runtimeVersion } = api;
		const era = api.createType('ExtrinsicEra');
		for (let index = 0; index < TRANSACTIONS; index++) {
			const options = { nonce: nonce + index, era, blockHash: genesisHash, genesisHash, runtimeVersion };
			this.transactions.push(capture(this.chain).sign(steward, options).toHex());
			// Signing takes a while; the connections are served in between.
			if (index % 100 === 0) await sleep(0);
		}
	}

	/** Sends all; what the quota refuses is sent again. Returns how often it refused. */
	async go(): Promise<number> {
		let refused = 0;
		let waiting = this.transactions;
		while (waiting.length > 0) {
			const [now, later] = [waiting.slice(0, AT_ONCE), waiting.slice(AT_ONCE)];
			const answers = await Promise.allSettled(now.map((transaction) => this.chain.api.rpc.author.submitExtrinsic(transaction)));
			const again = now.filter((_, index) => isRefused(answers[index]!));
			refused += again.length;
			waiting = [...again, ...later];
			if (again.length > 0) await sleep(200);
		}
		this.isGoing = false;
		return refused;
	}

	close(): Promise<void> {
		return this.chain.close();
	}
}

/** Whether a transaction was not taken into the pool and can be sent again. */
function isRefused(answer: PromiseSettledResult<unknown>): boolean {
	if (answer.status === 'fulfilled') return false;
	return !/1013|1014|Already|outdated/i.test(String(answer.reason));
}
