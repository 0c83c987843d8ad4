/** People at Polkadot.js: `@polkadot/api` as published, without custom types. */

import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { KeyringPair } from '@polkadot/keyring/types';
import type { DispatchError, EventRecord } from '@polkadot/types/interfaces';
import type { Codec } from '@polkadot/types/types';
import { compactStripLength, hexToU8a, stringCamelCase, u8aConcat, u8aToHex } from '@polkadot/util';

type Transaction = SubmittableExtrinsic<'promise'>;

/** A transaction in a block. */
export interface Included {
	/** Hash of the block. */
	block: string;
	/** Height of the block. */
	number: number;
	/** Events of the transaction, fields by name. */
	events: { pallet: string; name: string; fields: Record<string, any> }[];
}

/** Blocks for which a transaction of {@link Chain.sign} is valid: longer than any fault that is tested. */
const VALIDITY = 1_024;

/** How far a transaction has to come before work goes on. */
export type Stage = 'included' | 'final';

/** A call that the chain refused, by the name of its error. */
export class Refused extends Error {
	constructor(
		readonly refusal: string,
		text: string,
	) {
		super(`${refusal}: ${text}`);
	}
}

/** Polkadot.js tells of every refusal and lost connection on the console; tests provoke both. */
for (const level of ['warn', 'error', 'log'] as const) {
	const print = console[level];
	console[level] = (...parts: unknown[]) => {
		if (!parts.some((part) => typeof part === 'string' && /\b(RPC-CORE|API-WS|API\/INIT):/.test(part))) print(...parts);
	};
}

/** Polkadot.js against one node. */
export class Chain {
	private readonly keyring = new Keyring({ type: 'sr25519', ss58Format: 42 });

	private constructor(readonly api: ApiPromise) {}

	/** Connects. The chain's own transaction extensions hold nothing; naming them only keeps Polkadot.js from warning. */
	static async connect(url: string): Promise<Chain> {
		const empty = { extrinsic: {}, payload: {} };
		const api = await ApiPromise.create({
			provider: new WsProvider(url, 500),
			noInitWarn: true,
			signedExtensions: { AuthorizeCall: empty, CheckMembership: empty, OrganisationQuota: empty },
		});
		return new Chain(api);
	}

	/** Leaves. */
	close(): Promise<void> {
		return this.api.disconnect();
	}

	/** The development account of a person. */
	person(name: string): KeyringPair {
		return this.keyring.addFromUri(`//${name}`);
	}

	/**
	 * Signs a call so that it outlives forks: tied to the last finalised block. Polkadot.js by itself ties a transaction to the
	 * best block when finality lags; if that block loses, the transaction is lost with it.
	 */
	async sign(who: KeyringPair, call: Transaction, nonce: number): Promise<string> {
		const { api } = this;
		const blockHash = await api.rpc.chain.getFinalizedHead();
		const current = (await api.rpc.chain.getHeader(blockHash)).number.toNumber();
		const era = api.createType('ExtrinsicEra', { current, period: VALIDITY });
		const { genesisHash, runtimeVersion } = api;
		return call.sign(who, { nonce, era, blockHash, genesisHash, runtimeVersion }).toHex();
	}

	/** Signs, sends and follows a call. Throws {@link Refused} when the chain refuses it. */
	send(who: string | KeyringPair, call: Transaction, stage: Stage = 'included'): Promise<Included> {
		const signer = typeof who === 'string' ? this.person(who) : who;
		return new Promise<Included>((resolve, reject) => {
			const timer = setTimeout(() => reject(new Error(`${call.method.section}.${call.method.method} took too long`)), 60_000);
			let unsubscribe = () => {};
			const finish = (end: () => void) => {
				clearTimeout(timer);
				unsubscribe();
				end();
			};
			call
				.signAndSend(signer, { nonce: -1 }, ({ status, events, dispatchError }) => {
					if (status.isInvalid || status.isDropped || status.isUsurped) {
						finish(() => reject(new Error(`the transaction pool gave up: ${status.type}`)));
					}
					const block = status.isFinalized ? status.asFinalized : status.isInBlock ? status.asInBlock : undefined;
					if (block === undefined || (stage === 'final' && !status.isFinalized)) return;
					const failure = dispatchError ?? this.failureInside(events);
					if (failure) return finish(() => reject(this.refused(failure)));
					const included = async () => {
						const header = await this.api.rpc.chain.getHeader(block);
						return { block: block.toHex(), number: header.number.toNumber(), events: events.map(readable) };
					};
					finish(() => resolve(included()));
				})
				.then(
					(stop) => (unsubscribe = stop),
					(error: unknown) => finish(() => reject(error)),
				);
		});
	}

	/** Sends a call that has to be refused, and returns the name of the refusal. */
	async refusal(who: string | KeyringPair, call: Transaction): Promise<string> {
		try {
			await this.send(who, call);
		} catch (error) {
			if (error instanceof Refused) return error.refusal;
			return error instanceof Error ? error.message : String(error);
		}
		throw new Error(`${call.method.section}.${call.method.method} was not refused`);
	}

	/** Reads one entry of a pallet's storage as JSON. */
	async read(pallet: string, item: string, ...keys: unknown[]): Promise<any> {
		const entry = this.api.query[pallet]?.[item];
		if (!entry) throw new Error(`the runtime has no ${pallet}.${item}`);
		return (await entry(...keys)).toJSON();
	}

	/** Calls a view function of a pallet, as the metadata describes it, and returns the answer as JSON. */
	async view(pallet: string, name: string, ...values: unknown[]): Promise<any> {
		const pallets = this.api.runtimeMetadata.asLatest.pallets as unknown as any[];
		const functions = pallets.find((p) => stringCamelCase(p.name.toString()) === pallet)?.viewFunctions ?? [];
		const view = [...functions].find((f: any) => f.name.toString() === name);
		if (!view) throw new Error(`the runtime has no view function ${pallet}.${name}`);
		const encoded = [...view.inputs].map((input: any, index: number) => this.encode(input.type, values[index]));
		const input = this.api.createType('Bytes', u8aToHex(u8aConcat(...encoded)));
		const answer = await this.api.rpc.state.call(
			'RuntimeViewFunction_execute_view_function',
			u8aToHex(u8aConcat(view.id.toU8a(), input.toU8a())),
		);
		const bytes = hexToU8a(answer.toHex());
		if (bytes[0] !== 0) throw new Error(`${pallet}.${name} answered with error ${bytes[1]}`);
		const [, output] = compactStripLength(bytes.subarray(1));
		return this.decode(view.output, output).toJSON();
	}

	/** A type of the runtime by the name of one of its parts, for example `ConsentOrder`. */
	create(path: string, value: unknown): Codec {
		const found = [...this.api.registry.lookup.types].find(({ type }) => type.path.at(-1)?.toString() === path);
		if (!found) throw new Error(`the runtime's metadata knows no ${path}`);
		return this.api.createType(this.api.registry.createLookupType(found.id), value);
	}

	private encode(type: any, value: unknown): Uint8Array {
		return this.api.createType(this.api.registry.createLookupType(type), value).toU8a();
	}

	private decode(type: any, bytes: Uint8Array): Codec {
		return this.api.createType(this.api.registry.createLookupType(type), bytes);
	}

	private failureInside(events: EventRecord[]): DispatchError | undefined {
		const sudid = events.find(({ event }) => event.section === 'sudo' && event.method === 'Sudid');
		const result = sudid?.event.data[0] as any;
		return result?.isErr ? (result.asErr as DispatchError) : undefined;
	}

	private refused(error: DispatchError): Refused {
		if (!error.isModule) return new Refused(error.type, error.toString());
		const { name, docs } = this.api.registry.findMetaError(error.asModule);
		return new Refused(name, docs.join(' ').trim());
	}
}

/** The fields of the only event of this name. */
export function event(included: Included, name: string): Record<string, any> {
	const found = included.events.filter((candidate) => candidate.name === name);
	if (found.length !== 1) {
		throw new Error(`expected one event ${name}, saw ${included.events.map((seen) => seen.name).join(', ')}`);
	}
	return found[0]!.fields;
}

function readable({ event: { section, method, data } }: EventRecord): Included['events'][number] {
	const names = data.names ?? data.map((_, index) => `${index}`);
	const fields = Object.fromEntries(data.map((value, index) => [names[index] ?? `${index}`, value.toJSON()]));
	return { pallet: section, name: method, fields };
}
