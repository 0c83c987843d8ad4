/** What a consortium's node answers to whom. */

import assert from 'node:assert/strict';
import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { WsProvider } from '@polkadot/api';
import { freePort, program, run, succeed, temporaryFolder } from '../support/processes.ts';
import { liveSpec } from '../support/spec.ts';
import { Member } from '../support/member.ts';
import { RpcError, rpc } from '../support/node.ts';

/** Calls of one connection in a minute, by default. */
const LIMIT = 6_000;

describe("a consortium's node", () => {
	let folder: string;
	let spec: string;
	let node: Member;
	before(async () => {
		folder = temporaryFolder('rpc');
		spec = path.join(folder, 'chain-spec-raw.json');
		await liveSpec(spec, () => []);
		node = await Member.prepare({ folder, spec, person: 'Alice' });
		await node.start();
	});
	after(() => node.service.stop());

	it('serves safe methods only where programs ask, also on its own machine', async () => {
		assert.equal((await node.rpc<{ peers: number }>('system_health')).peers, 0);
		for (const [method, ...params] of [
			['author_rotateKeysWithOwner', '0x00'],
			['system_addReservedPeer', '/ip4/127.0.0.1/tcp/1/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp'],
			['offchain_localStorageGet', 'PERSISTENT', '0x00'],
			['system_peers'],
		] as const) {
			await assert.rejects(node.rpc(method, ...params), (error: RpcError) => /unsafe/i.test(error.message), method);
		}
	});

	it('makes session keys for its operator', async () => {
		const made = await node.operate<{ keys: string; proof: string }>('author_rotateKeysWithOwner', '0x00');
		assert.match(made.keys, /^0x[0-9a-f]{192}$/);
	});

	it("has the operator's endpoint on the loopback interface only", async () => {
		const outside = Object.values(networkInterfaces()).flat().find((found) => found && !found.internal && found.family === 'IPv4');
		assert.ok(outside, 'this machine has an address besides loopback');
		const port = new URL(node.operatorsUrl).port;
		await assert.rejects(rpc(`http://${outside.address}:${port}`, 'system_health'), /fetch failed/);
	});

	it('limits how often a connection asks', async () => {
		const provider = new WsProvider(node.ws, false);
		await provider.connect();
		await provider.isReady;
		const asked = Array.from({ length: LIMIT * 1.5 }, () => provider.send('system_chain', []));
		const answers = await Promise.allSettled(asked);
		await provider.disconnect();
		const refused = answers.filter((answer) => answer.status === 'rejected');
		assert.ok(refused.length > 0, 'some answers are refusals');
		assert.match(String((refused[0] as PromiseRejectedResult).reason), /rate limit/i);
		assert.equal(await node.rpc('system_chain'), 'Semblance Network Test', 'another connection is answered');
	});

	it('does not start with unsafe methods open to other machines', async () => {
		const command = ['--chain', spec, '--tmp', '--alice', '--rpc-port', `${await freePort()}`];
		const open = ['--rpc-methods', 'unsafe', '--unsafe-rpc-external', '--unsafe-force-node-key-generation'];
		const { code, stderr } = await run(program('semblance-node'), [...command, ...open], 60_000);
		assert.notEqual(code, 0);
		assert.match(stderr, /unsafe RPC methods would be served on .*--rpc-unsafe-port/s);
	});

	it('says so in its help', async () => {
		assert.match(await succeed(program('semblance-node'), ['--help']), /--rpc-unsafe-port/);
	});
});
