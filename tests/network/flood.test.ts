/** One member sends ten thousand transactions at once; patients of another hospital withdraw all the while. TRANSACTIONS sets how many. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
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
	let patients: { handle: string; account: KeyringPair }[];

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
		const flood = new Flood(await Chain.connect(consortium.member('Alice').ws));
		await flood.prepare();
		const started = Date.now();
		const flooding = flood.go();
		const withdrawals: Promise<number>[] = [];
		while (flood.isGoing && withdrawals.length < PATIENTS) {
			withdrawals.push(withdraw(patients[withdrawals.length]!));
			await sleep(SLOT);
		}
		assert.ok(!flood.isGoing, 'somebody withdrew in every block until the flood was over');
		const { refused, blocks: length } = await flooding;
		measured(`flood: ${TRANSACTIONS} transactions are in blocks after`, `${seconds(started)}, ${length} blocks`);
		measured('flood: times that one was refused and sent again', `${refused}`);

		const blocks = await Promise.all(withdrawals);
		measured('flood: blocks from each withdrawal to its finality', blocks.join(' '));
		assert.ok(blocks.length >= ENOUGH, `${blocks.length} withdrawals fell into the flood`);
		assert.ok(Math.max(...blocks) <= BLOCKS, `at most ${BLOCKS} blocks: ${blocks.join(' ')}`);
		await bob.close();
		await flood.close();
	});
});

/** Ten thousand captures of one steward, signed beforehand. */
class Flood {
	isGoing = true;
	private first = 0;
	private readonly steward: KeyringPair;
	private readonly transactions: string[] = [];

	constructor(private readonly chain: Chain) {
		this.steward = chain.person('Alice');
	}

	async prepare(): Promise<void> {
		const { api } = this.chain;
		this.first = await this.nonce();
		const { genesisHash, runtimeVersion } = api;
		const era = api.createType('ExtrinsicEra');
		for (let index = 0; index < TRANSACTIONS; index++) {
			const options = { nonce: this.first + index, era, blockHash: genesisHash, genesisHash, runtimeVersion };
			this.transactions.push(capture(this.chain).sign(this.steward, options).toHex());
			// Signing takes a while; the connections are served in between.
			if (index % 100 === 0) await sleep(0);
		}
	}

	/** Sends all, what is refused again, until all are in blocks. Returns how often one was refused, and how many blocks it took. */
	async go(): Promise<{ refused: number; blocks: number }> {
		const first = await this.height();
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
		const done = async () => ((await this.nonce()) === this.first + TRANSACTIONS ? true : undefined);
		await until('all transactions of the flood are in blocks', done, { within: 300_000, every: 500 });
		this.isGoing = false;
		return { refused, blocks: (await this.height()) - first };
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

/** Whether a transaction was not taken into the pool and can be sent again. */
function isRefused(answer: PromiseSettledResult<unknown>): boolean {
	if (answer.status === 'fulfilled') return false;
	return !/1013|1014|Already|outdated/i.test(String(answer.reason));
}
