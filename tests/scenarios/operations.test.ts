/** An operator sets up a node, watches node and worker, and gets them back from a backup. */

import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { after, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Chain, event } from '../support/chain.ts';
import { Semblance } from '../support/cli.ts';
import { Node, rpc } from '../support/node.ts';
import { freePort, program, run, Service, succeed, temporaryFolder, until } from '../support/processes.ts';
import { Worker } from '../support/worker.ts';

const OPS = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../../ops');
const BACKUP = path.join(OPS, 'backup/backup.sh');
const RESTORE = path.join(OPS, 'backup/restore.sh');
/** For a node that is expected to refuse. */
const LONELY = ['--no-prometheus', '--no-mdns', '--listen-addr', '/ip4/127.0.0.1/tcp/0', '--unsafe-force-node-key-generation'];
/** Any account names a validator. */
const STASH = `0x${'5a'.repeat(32)}`;

/** A folder that is gone afterwards, and what runs in it stopped. */
function place(name: string) {
	const folder = temporaryFolder(name);
	const stops: (() => Promise<unknown>)[] = [];
	after(async () => {
		for (const stop of stops.reverse()) await stop();
		rmSync(folder, { recursive: true, force: true });
	});
	return { folder, finally: (stop: () => Promise<unknown>) => void stops.push(stop) };
}

describe('metrics', () => {
	const here = place('metrics');

	it('exist under every name that alert rules and dashboard ask for', async () => {
		const worker = await Worker.init(here.folder, 1);
		const metricsPort = await freePort();
		const node = await Node.start({ folder: here.folder, chain: 'dev', authority: 'alice', worker, metricsPort });
		here.finally(() => node.service.stop());
		await worker.start(node.ws);
		here.finally(() => worker.stop());
		await node.untilFinalised(2);

		const exported = new Set([
			...samples(await (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text()),
			...samples(await (await fetch(`${worker.url}/metrics`)).text()),
		]);
		const asked = {
			alerts: names(readFileSync(path.join(OPS, 'prometheus/alerts.yml'), 'utf8')),
			dashboard: names(readFileSync(path.join(OPS, 'grafana/semblance.json'), 'utf8')),
		};
		for (const [where, wanted] of Object.entries(asked)) {
			assert.ok(wanted.size >= 10, `${where} ask for ${wanted.size} metrics`);
			assert.deepEqual([...wanted].filter((name) => !exported.has(name)), [], `${where} ask for what nobody exports`);
		}
	});
});

/** Names of the samples on a page of metrics. */
function samples(page: string): string[] {
	return page.split('\n').flatMap((line) => /^[a-zA-Z_:][\w:]*/.exec(line)?.[0] ?? []);
}

/** Names of metrics in a text. */
function names(text: string): Set<string> {
	return new Set(text.match(/\b(substrate|semblance)_\w+/g));
}

describe('a node that was set up', () => {
	const here = place('init');
	const base = path.join(here.folder, 'node');
	const spec = path.join(here.folder, 'spec.json');
	const semblance = new Semblance({ node: 'ws://127.0.0.1:1', workerUrl: 'http://127.0.0.1:1', tokenFile: '/no/token' });
	let card: any;

	it('has its folder, and refuses to have it replaced', async () => {
		await succeed(program('semblance-node'), ['export-chain-spec', '--chain', 'dev', '--raw', '--output', spec]);
		const line = ['node', 'init', '--base-path', base, '--chain-spec', spec, '--name', 'Hospital North', '--stash', STASH];
		card = await semblance.as('Alice', ...line);
		const again = await semblance.attempt('Alice', ...line);
		assert.equal(again.code, 1);
		assert.match(JSON.parse(again.stdout).error.message, /holds .* already; name another folder/);
		assert.deepEqual(card, JSON.parse(readFileSync(path.join(base, 'public.json'), 'utf8')));
	});

	it('starts with the command of its unit, and has the keys and the peer id that were printed', async () => {
		const [port, peerPort] = [await freePort(), await freePort()];
		const [command, ...args] = execStart(readFileSync(path.join(base, 'semblance-node.service'), 'utf8'));
		assert.equal(command, '/usr/local/bin/semblance-node');
		// The same words, on the loopback interface; and all methods, because the question about keys is an unsafe one.
		const local = args
			.filter((word, index) => !(word === '--listen-addr' && args[index + 1]?.startsWith('/ip6')) && !word.startsWith('/ip6'))
			.map((word) => (word.startsWith('/ip4/0.0.0.0') ? `/ip4/127.0.0.1/tcp/${peerPort}` : word === 'safe' ? 'unsafe' : word))
			.filter((word, index, all) => word !== '--worker-url' && all[index - 1] !== '--worker-url')
			.filter((word, index, all) => word !== '--worker-token-file' && all[index - 1] !== '--worker-token-file');
		const extra = ['--rpc-port', `${port}`, '--no-prometheus'];
		const service = new Service('node north', program('semblance-node'), [...local, ...extra], path.join(here.folder, 'north.log'));
		service.start();
		here.finally(() => service.stop());
		const url = `http://127.0.0.1:${port}`;
		await until('the node answers', () => {
			service.assertRunning();
			return rpc<object>(url, 'system_health');
		});
		assert.equal(await rpc(url, 'system_localPeerId'), card.peerId);
		assert.equal(await rpc(url, 'system_name'), 'Semblance Node');
		assert.equal(await rpc(url, 'author_hasSessionKeys', card.sessionKeys), true);
		assert.equal(await rpc(url, 'author_hasSessionKeys', `0x${'11'.repeat(96)}`), false);
		assert.equal(await rpc(url, 'chain_getBlockHash', 0), card.chain.genesis);
	});

	it('becomes a validator by the proof that was printed', async () => {
		const node = await Node.start({ folder: path.join(here.folder), chain: 'dev', authority: 'alice', instant: true });
		here.finally(() => node.service.stop());
		const chain = await Chain.connect(node.ws);
		here.finally(() => chain.close());
		const { sudo, consortium } = chain.api.tx;
		const other = `0x${'a5'.repeat(32)}`;
		for (const stash of [STASH, other]) await chain.send('Alice', sudo!.sudo!(consortium!.addValidator!(1, stash)));
		const refusal = await chain.refusal('Alice', consortium!.setValidatorKeys!(other, card.sessionKeys, card.proof));
		assert.equal(refusal, 'ProofNotValid', 'the proof is of one stash only');
		const set = await chain.send('Alice', consortium!.setValidatorKeys!(STASH, card.sessionKeys, card.proof));
		assert.equal(event(set, 'ValidatorKeysSet').organisation, 1);
	});
});

/** The words of a unit's command. */
function execStart(unit: string): [string, ...string[]] {
	const command = /^ExecStart=((?:.*\\\n)*.*)$/m.exec(unit)?.[1] ?? '';
	const words = [...command.matchAll(/"((?:[^"\\]|\\.)*)"/g)].map(([, word]) => word!.replace(/\\(.)/g, '$1').replaceAll('%%', '%').replaceAll('$$', '$'));
	const [first, ...rest] = words;
	if (first === undefined) throw new Error(`no command in the unit:\n${unit}`);
	return [first, ...rest];
}

describe('a backup', () => {
	const here = place('backup');
	const archive = path.join(here.folder, 'node.tar');

	it('is refused while the node runs, and later brings the node back to the same chain', async () => {
		const first = await Node.start({ folder: path.join(here.folder), chain: 'dev', authority: 'alice' });
		here.finally(() => first.service.stop());
		await first.untilFinalised(3);
		const early = await run(BACKUP, [path.join(here.folder, 'alice'), archive]);
		assert.equal(early.code, 1);
		assert.match(early.stderr, /the node runs; stop it first/);

		await first.service.kill();
		await first.start();
		await first.untilFinalised(4);
		const { number, hash } = await first.finalised();
		await first.service.stop();
		await succeed(BACKUP, [path.join(here.folder, 'alice'), archive]);
		assert.equal((await run(BACKUP, [path.join(here.folder, 'alice'), archive])).code, 1, 'a backup is never replaced');
		const elsewhere = path.join(here.folder, 'elsewhere');
		mkdirSync(elsewhere);
		await succeed(RESTORE, [archive, path.join(elsewhere, 'alice')]);

		const restored = await Node.start({ folder: elsewhere, chain: 'dev', authority: 'alice' });
		here.finally(() => restored.service.stop());
		assert.ok((await restored.finalised()).number >= number, 'it starts from what was final');
		assert.equal(await restored.rpc('chain_getBlockHash', number), hash);
		await restored.untilFinalised(number + 3);
	});
});

describe('an instant chain', () => {
	const here = place('instant');

	it('has transactions final at once, and goes on without any', async () => {
		const node = await Node.start({ folder: here.folder, chain: 'dev', authority: 'alice', instant: true });
		here.finally(() => node.service.stop());
		const chain = await Chain.connect(node.ws);
		here.finally(() => chain.close());
		const call = chain.api.tx.consortium!.setEncryptionKey!(`0x${'07'.repeat(32)}`);
		for (let round = 0; round < 3; round += 1) await chain.send('Alice', call, 'final');
		const { number } = await node.finalised();
		await node.untilFinalised(number + 3, 20_000);
		const [earlier, later] = await Promise.all([number, number + 3].map((height) => time(chain, height)));
		assert.ok(earlier! + 6_000 <= later!, 'each block has a slot of its own');
	});

	it('is refused where others take part', async () => {
		const line = ['--chain', 'local', '--alice', '--sealing', 'instant', '--tmp', ...LONELY];
		const { code, stderr } = await run(program('semblance-node'), [...line, '--rpc-port', `${await freePort()}`]);
		assert.notEqual(code, 0);
		assert.match(stderr, /Semblance Local Testnet is of type Local.*--chain dev/);
	});
});

async function time(chain: Chain, height: number): Promise<number> {
	const at = await chain.api.at(await chain.api.rpc.chain.getBlockHash(height));
	return Number((await at.query.timestamp!.now!()).toString());
}

describe('a disk without room', () => {
	const here = place('disk');

	it('stops the node before its database breaks', async () => {
		const line = ['--chain', 'dev', '--alice', '--base-path', here.folder, ...LONELY, '--db-storage-threshold', '999999999'];
		const { code, stderr } = await run(program('semblance-node'), [...line, '--rpc-port', `${await freePort()}`]);
		assert.notEqual(code, 0);
		assert.match(stderr, /dropped below threshold/);
	});
});
