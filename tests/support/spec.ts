/** The specification of a live chain: the `local` preset with short sessions and declared peers. */

import { readFileSync, writeFileSync } from 'node:fs';
import { program, succeed } from './processes.ts';

/** Blocks of a session: long enough for votes, short enough to wait for. */
export const SESSION = 10;

/** Writes the raw specification to `file`. `peers` are those of the organisation at a place of the preset, from 0. */
export async function liveSpec(file: string, peers: (place: number) => [string, string][]): Promise<void> {
	const plain = file.replace(/\.json$/, '-plain.json');
	const node = program('semblance-node');
	await succeed(node, ['export-chain-spec', '--chain', 'local', '--output', plain]);
	const spec = JSON.parse(readFileSync(plain, 'utf8'));
	Object.assign(spec, { name: 'Semblance Network Test', id: 'semblance_network_test', chainType: 'Live' });
	const { consortium } = spec.genesis.runtimeGenesis.patch;
	consortium.sessionLength = SESSION;
	for (const [place, organisation] of consortium.organisations.entries()) organisation.peers = peers(place);
	writeFileSync(plain, JSON.stringify(spec));
	await succeed(node, ['export-chain-spec', '--chain', plain, '--raw', '--output', file]);
}
