/** Members who keep the chain busy, and count what they sent. */

import type { KeyringPair } from '@polkadot/keyring/types';
import { randomAsHex } from '@polkadot/util-crypto';
import type { Chain } from './chain.ts';
import { sleep, until } from './processes.ts';
import { digest, terms } from './story.ts';

/** The consent of one more patient, given on paper. */
export function capture({ api }: Chain) {
	const handle = randomAsHex(32);
	return api.tx.consent!.capture!(handle, 'StewardAttested', null, terms(), null, digest(0x0a), digest(0xee));
}

/** A steward who captures one consent after the other. */
export class Load {
	private sent = 0;
	private first = 0;
	private going = true;
	private done: Promise<void> = Promise.resolve();
	private readonly steward: KeyringPair;

	constructor(
		private readonly chain: Chain,
		private readonly person: string,
		private readonly perSecond = 20,
	) {
		this.steward = chain.person(person);
	}

	/** Begins. */
	async start(): Promise<void> {
		this.first = await this.nonce();
		this.done = this.go();
	}

	/** Ends, and waits until each transaction that was sent is in a block. Returns their number. */
	async finish(within = 120_000): Promise<number> {
		this.going = false;
		await this.done;
		const all = this.first + this.sent;
		await until(
			`all ${this.sent} transactions of ${this.person} are in blocks`,
			async () => ((await this.nonce()) === all ? true : undefined),
			{ within, every: 500 },
		);
		return this.sent;
	}

	private async nonce(): Promise<number> {
		return (await this.chain.read('system', 'account', this.steward.address)).nonce;
	}

	private async go(): Promise<void> {
		while (this.going) {
			const signed = await this.chain.sign(this.steward, capture(this.chain), this.first + this.sent);
			await this.chain.api.rpc.author.submitExtrinsic(signed);
			this.sent++;
			await sleep(1_000 / this.perSecond);
		}
	}
}
