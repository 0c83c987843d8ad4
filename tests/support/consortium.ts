/** Hospitals on one machine that talk to each other as the chain says: a live chain with short sessions. */

import { rmSync } from 'node:fs';
import path from 'node:path';
import { after, afterEach, before } from 'node:test';
import type { SubmittableExtrinsic } from '@polkadot/api/types';
import { Chain, event, type Included } from './chain.ts';
import { Member, type MemberOptions } from './member.ts';
import { tail, temporaryFolder, until } from './processes.ts';
import { liveSpec } from './spec.ts';

type Call = SubmittableExtrinsic<'promise'>;

/** The four founders; each has a vote. */
export const FOUNDERS = ['Alice', 'Bob', 'Charlie', 'Dave'];
/** Milliseconds of a block. */
export const SLOT = 2_000;
/** Place of the auditor among the organisations of the `local` preset, from 0. */
const AUDITOR = 6;

/** What a scenario may ask for. */
export interface Founding {
	/** Whether an auditor with an archive node takes part. */
	auditor?: boolean;
	/** Options for every node. */
	options?: Partial<MemberOptions>;
	/** More options for single nodes, by person. */
	each?: (person: string) => Partial<MemberOptions>;
}

/** A consortium of four hospitals, cleared after the scenario, also when it fails. */
export class Consortium {
	readonly folder: string;
	readonly members: Member[] = [];
	private there: Chain | undefined;
	private failed = false;

	/** Call it inside `describe`: it is founded before the tests. */
	constructor(
		name: string,
		private readonly founding: Founding = {},
	) {
		this.folder = temporaryFolder(name);
		before(async () => {
			try {
				await this.found();
			} catch (error) {
				this.failed = true;
				await this.clear();
				throw error;
			}
		});
		afterEach((context) => {
			const outcome = context as { passed?: boolean; error?: unknown };
			if (outcome.passed === false || outcome.error) this.failed = true;
		});
		after(() => this.clear());
	}

	/** Polkadot.js at the first hospital. */
	get chain(): Chain {
		if (!this.there) throw new Error('the consortium is not founded');
		return this.there;
	}

	/** The chain specification that all share. */
	get spec(): string {
		return path.join(this.folder, 'chain-spec-raw.json');
	}

	/** The node of a person's organisation. */
	member(person: string): Member {
		const found = this.members.find((member) => member.person === person);
		if (!found) throw new Error(`${person} has no node`);
		return found;
	}

	/** The founding hospitals' nodes. */
	get hospitals(): Member[] {
		return FOUNDERS.map((person) => this.member(person));
	}

	/** Prepares the node of one more organisation; it is not started. */
	async prepare(person: string, options: Partial<MemberOptions> = {}): Promise<Member> {
		const all = { ...this.founding.options, ...this.founding.each?.(person), ...options };
		const member = await Member.prepare({ ...all, folder: this.folder, spec: this.spec, person });
		this.members.push(member);
		return member;
	}

	/** Has the hospitals decide: the first proposes, `votes` of them are for it, and it is carried out. */
	async decide(call: Call, votes = FOUNDERS.slice(0, 3)): Promise<Included> {
		const council = this.chain.api.tx.council!;
		const [first, ...others] = votes as [string, ...string[]];
		const { proposal } = event(await this.chain.send(first, council.propose!(call)), 'ProposalMade');
		await Promise.all(others.map((person) => this.chain.send(person, council.vote!(proposal, true))));
		const enacted = await this.chain.send(first, council.enact!(proposal));
		const { result } = event(enacted, 'ProposalEnacted');
		if (result.ok === undefined) throw new Error(`the council's call failed: ${JSON.stringify(result)}`);
		return enacted;
	}

	/** Waits until the given nodes agree on a finalised block of at least this height; returns its hash. */
	async agreeOn(height: number, members = this.hospitals, within = 120_000): Promise<string> {
		await Promise.all(members.map((member) => member.untilFinalised(height, within)));
		const hashes = await Promise.all(members.map((member) => member.rpc<string>('chain_getBlockHash', height)));
		if (new Set(hashes).size !== 1) throw new Error(`conflicting finality at block ${height}: ${hashes.join(', ')}`);
		return hashes[0]!;
	}

	/** Waits until the validators of the current session are those of these people, as the first hospital sees it. */
	async untilValidatorsAre(people: string[], within = 180_000): Promise<void> {
		const wanted = people.map((person) => this.chain.person(person).address).sort();
		await until(
			`${people.join(', ')} validate`,
			async () => {
				const now = (await this.chain.read('session', 'validators')) as string[];
				return JSON.stringify([...now].sort()) === JSON.stringify(wanted) ? true : undefined;
			},
			{ within, every: 500 },
		);
	}

	/** Connects Polkadot.js to another member. */
	async reconnect(member: Member): Promise<void> {
		await this.there?.close();
		this.there = await Chain.connect(member.ws);
	}

	private async found(): Promise<void> {
		const people = this.founding.auditor ? [...FOUNDERS, 'Auditor'] : FOUNDERS;
		for (const person of people) await this.prepare(person);
		const places = [...FOUNDERS, ...Array(AUDITOR - FOUNDERS.length).fill(''), 'Auditor'];
		await liveSpec(this.spec, (place) =>
			this.members.filter(({ person }) => person === places[place]).map(({ peerId, address }) => [peerId, address]),
		);
		await Promise.all(this.members.map((member) => member.start()));
		await Promise.all(this.members.map((member) => member.untilFinalised(2, 180_000)));
		this.there = await Chain.connect(this.member('Alice').ws);
	}

	private async clear(): Promise<void> {
		await this.there?.close();
		await Promise.all(this.members.map((member) => member.service.stop()));
		if (!this.failed) return rmSync(this.folder, { recursive: true, force: true });
		for (const { service } of this.members) console.error(`--- ${service.log} ends:\n${tail(service.log, 15)}`);
		console.error(`logs are kept in ${this.folder}`);
	}
}
