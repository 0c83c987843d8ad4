/** One member sends ten thousand transactions at once; patients of another hospital withdraw all the while. TRANSACTIONS sets how many. */

import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import type { KeyringPair } from '@polkadot/keyring/types';
import { randomAsHex } from '@polkadot/util-crypto';
import { Chain } from '../support/chain.ts';
import { Consortium, SLOT } from '../support/consortium.ts';
import { capture } from '../support/load.ts';
import { sleep, until } from '../support/processes.ts';
import { measured, seconds } from '../support/report.ts';
import { digest, terms } from '../support/story.ts';

const TRANSACTIONS = Number(process.env.TRANSACTIONS ?? 10_000);
/** Transactions that are sent without waiting for the answers. */
const AT_ONCE = 200;
/** Most blocks from a withdrawal to its finality. */
const BLOCKS = 3;
/** Patients, of whom one withdraws in every block until the flood is over. */
const PATIENTS = 90;
/** Fewest withdrawals that say something. */
const ENOUGH = 8;

describe('a member that floods the chain', () => {
	// The flood is to meet the quota, not the limit of calls that its own node sets.
	const consortium = new Consortium('flood', { options: { args: ['--rpc-rate-limit', '4000000000'] } });
	let bob: Chain;
	let flood: Flood;
	let patients: { handle: string; account: KeyringPair }[];

	// Before the nodes stop: an open connection would keep this process waiting.
	after(() => Promise.all([bob?.close(), flood?.close()]));

	it('finds patients of another hospital who have given their consent', async () => {
		bob = await Chain.connect(consortium.member('Bob').ws);
		patients = Array.from({ length: PATIENTS }, (_, index) => ({ handle: randomAsHex(32), account: bob.person(`Patient${index}`) }));
		const { request, give } = bob.api.tx.consent!;
		const requests = patients.map(({ handle, account }) => request!(handle, account.address, terms(), null, digest(0x0a), 'SelfSigned'));
		await bob.send('Bob', bob.api.tx.utility!.batchAll!(requests));
		await Promise.all(patients.map(({ handle, account }) => bob.send(account, give!(handle))));
	});

	it('does not delay their withdrawals', async () => {
		const best = async () => (await bob.api.rpc.chain.getHeader()).number.toNumber();
		const withdraw = async ({ handle, account }: (typeof patients)[number]) => {
			const height = await best();
			// A node under load may refuse for a moment; the patient tries again, and the time counts.
			const call = bob.api.tx.consent!.withdraw!(handle, digest(0));
			await until('the withdrawal is final', () => bob.send(account, call, 'final'));
			return (await best()) - height;
		};
		flood = new Flood(await Chain.connect(consortium.member('Alice').ws));
		await flood.prepare();
		const started = Date.now();
		const flooding = flood.go();
		const withdrawals: Promise<number>[] = [];
		while (flood.isGoing && withdrawals.length < PATIENTS) {
			withdrawals.push(withdraw(patients[withdrawals.length]!));
			await sleep(SLOT);
		}
		const { sent, blocks: length } = await flooding;
		measured(`flood: ${TRANSACTIONS} transactions are in blocks after`, `${seconds(started)}, ${length} blocks`);
		measured('flood: transactions sent in all, with those that were refused', `${sent}`);

		const blocks = await Promise.all(withdrawals);
		measured('flood: blocks from each withdrawal to its finality', blocks.join(' '));
		assert.ok(withdrawals.length < PATIENTS, 'somebody withdrew in every block until the flood was over');
		assert.ok(blocks.length >= ENOUGH, `${blocks.length} withdrawals fell into the flood`);
		assert.ok(Math.max(...blocks) <= BLOCKS, `at most ${BLOCKS} blocks: ${blocks.join(' ')}`);
	});
});

/**
 * Ten thousand captures of one steward, signed beforehand. The pool bans what the quota refuses, so that its hash is not taken
 * again for half an hour: the steward signs anew what did not get into a block.
 */
class Flood {
	isGoing = true;
	private first = 0;
	private readonly steward: KeyringPair;
	private transactions: string[] = [];

	constructor(private readonly chain: Chain) {
		this.steward = chain.person('Alice');
	}

	async prepare(): Promise<void> {
		this.first = await this.nonce();
		this.transactions = await this.signed(this.first, TRANSACTIONS);
	}

	/** Sends all, and again what does not get into blocks, until all are there. Returns how many were sent, in how many blocks. */
	async go(): Promise<{ sent: number; blocks: number }> {
		const start = await this.height();
		let sent = 0;
		for (; sent < TRANSACTIONS; sent += AT_ONCE) await this.send(this.transactions.slice(sent, sent + AT_ONCE));
		const end = this.first + TRANSACTIONS;
		const done = async () => {
			const nonce = await this.nonce();
			const again = await this.signed(nonce, Math.min(AT_ONCE, end - nonce));
			await this.send(again);
			sent += again.length;
			return nonce === end ? true : undefined;
		};
		await until('all transactions of the flood are in blocks', done, { within: 300_000, every: 100 });
		this.isGoing = false;
		return { sent, blocks: (await this.height()) - start };
	}

	private async signed(from: number, count: number): Promise<string[]> {
		const { api } = this.chain;
		const { genesisHash, runtimeVersion } = api;
		const header = await api.rpc.chain.getHeader();
		const era = api.createType('ExtrinsicEra', { current: header.number.toNumber(), period: 256 });
		const transactions = [];
		for (let index = 0; index < count; index++) {
			const options = { nonce: from + index, era, blockHash: header.hash, genesisHash, runtimeVersion };
			transactions.push(capture(this.chain).sign(this.steward, options).toHex());
			// Signing takes a while; the connections are served in between.
			if (index % 100 === 0) await sleep(0);
		}
		return transactions;
	}

	/** Whatever the answers are. */
	private async send(transactions: string[]): Promise<void> {
		await Promise.allSettled(transactions.map((transaction) => this.chain.api.rpc.author.submitExtrinsic(transaction)));
	}

	private async nonce(): Promise<number> {
		return (await this.chain.read('system', 'account', this.steward.address)).nonce;
	}

	private async height(): Promise<number> {
		return (await this.chain.api.rpc.chain.getHeader()).number.toNumber();
	}

	close(): Promise<void> {
		return this.chain.close();
	}
}
