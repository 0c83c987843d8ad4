/** The runtime that was released last, and the one that is to follow it. */

import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliDecompressSync } from 'node:zlib';
import { program, succeed } from './processes.ts';

const REPOSITORY = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/** `spec_version` of the last release. */
export function releasedVersion(): number {
	return JSON.parse(readFileSync(path.join(REPOSITORY, 'runtime/released.json'), 'utf8')).spec_version;
}

/** Writes the specification of a network that began with the last release; returns the file. */
export function releasedSpec(folder: string): string {
	const packed = path.join(REPOSITORY, `tests/network/released/local-${releasedVersion()}.json.br`);
	const file = path.join(folder, 'released.json');
	writeFileSync(file, brotliDecompressSync(readFileSync(packed)));
	return file;
}

/** The WebAssembly of the runtime that the node under test was built with, in hexadecimal. */
export async function presentRuntime(folder: string): Promise<string> {
	const plain = path.join(folder, 'present.json');
	await succeed(program('semblance-node'), ['export-chain-spec', '--chain', 'local', '--output', plain]);
	return JSON.parse(readFileSync(plain, 'utf8')).genesis.runtimeGenesis.code;
}
