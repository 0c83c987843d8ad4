/** The auditor's side: plain JSON-RPC by `fetch`, no library of anybody. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { blake2AsHex } from '@polkadot/util-crypto';
import { RpcError } from '../support/node.ts';
import { Scene } from '../support/scene.ts';
import { attested, type Groundwork, groundwork, requestJob } from '../support/story.ts';

describe('an auditor with nothing but JSON-RPC', () => {
	let ground: Groundwork;
	let attestationId: string;
	let synthetic: number;
	let recordedAt: number;
	const scene = new Scene('auditor', async (stage) => {
		ground = await groundwork(stage, stage.folder, 60);
		const id = await requestJob(stage, ground.agreement, ground.generator, 60);
		attestationId = (await attested(stage, id)).attestation;
		const attestation = await stage.chain.view('generationAttestation', 'attestation', attestationId);
		synthetic = attestation.syntheticDataset;
		recordedAt = attestation.block;
		await stage.node.untilFinalised(recordedAt + 1);
	});
	const ask = <Answer = any>(method: string, ...params: unknown[]) => scene.node.rpc<Answer>(method, ...params);

	it('finds the methods that an auditor needs', async () => {
		const { methods } = await ask<{ methods: string[] }>('rpc_methods');
		for (const method of [
			...['semblance_provenance', 'semblance_attestation', 'semblance_auditTrail', 'grandpa_proveFinality'],
			...['archive_v1_finalizedHeight', 'archive_v1_hashByHeight', 'archive_v1_header', 'archive_v1_body'],
			...['archive_v1_call', 'archive_v1_storage', 'chainHead_v1_follow', 'state_getReadProof'],
		]) {
			assert.ok(methods.includes(method), `${method} is missing`);
		}
	});

	it('reads an attestation', async () => {
		const attestation = await ask('semblance_attestation', attestationId);
		assert.equal(attestation.level, 'Bound');
		assert.equal(attestation.body.dataset, ground.dataset.id);
		assert.equal(attestation.body.acceptance.consent_count, ground.dataset.handles.length);
		assert.equal(await ask('semblance_attestation', `0x${'11'.repeat(32)}`), null);
	});

	it('follows a synthetic dataset back to consents, agreement and generator', async () => {
		const provenance = await ask('semblance_provenance', synthetic);
		assert.equal(provenance.dataset.kind, 'Synthetic');
		assert.equal(provenance.derivation.attestation, attestationId);
		assert.deepEqual(provenance.derivation.inputs, [{ dataset: ground.dataset.id, version: 1 }]);
		assert.equal(provenance.inputs[0].dataset.kind, 'Source');
		assert.equal(provenance.inputs[0].commitments.rows, provenance.job.dataset_rows);
		assert.equal(provenance.agreement.id, ground.agreement);
		assert.equal(provenance.agreement.agreement.state, 'Active');
		assert.equal(provenance.generator.status, 'Approved');
		assert.equal(provenance.generator.reviews.length, 2);
		assert.equal(provenance.attestation.body.acceptance.consent_count, ground.dataset.handles.length);
		assert.equal(await ask('semblance_provenance', ground.dataset.id), null, 'a source dataset derives from nothing');
	});

	it('asks for the past: before its block the attestation was not there', async () => {
		const before = await ask<string>('chain_getBlockHash', recordedAt - 1);
		assert.equal(await ask('semblance_attestation', attestationId, before), null);
	});

	it('reads what happened to the dataset, in order', async () => {
		const trail = await ask<{ block: number; pallet: string; event: string }[]>(
			'semblance_auditTrail',
			ground.dataset.id,
			1,
			recordedAt,
		);
		const story = trail.map((entry) => entry.event);
		const milestones = [
			...['DatasetRegistered', 'PolicySet', 'ConsentsCaptured', 'ApplicationSubmitted', 'AgreementActivated'],
			...['JobRequested', 'JobAccepted', 'JobAttested'],
		];
		assert.deepEqual(story.filter((name) => milestones.includes(name)), milestones);
		assert.ok(trail.every((entry, index) => index === 0 || trail[index - 1]!.block <= entry.block));
		assert.equal(trail.at(-1)!.block, recordedAt);
	});

	it('is told what is wrong with a question', async () => {
		const refused = (pattern: RegExp) => (error: unknown) => error instanceof RpcError && pattern.test(error.message);
		await assert.rejects(ask('semblance_auditTrail', ground.dataset.id, 5, 4), refused(/no range/));
		await assert.rejects(ask('semblance_auditTrail', ground.dataset.id, 1, 9_000), refused(/not final/));
		await assert.rejects(ask('semblance_auditTrail', 99, 1, 2), refused(/no dataset 99/));
	});

	it("gets GRANDPA's justification of the block of the attestation", async () => {
		// grandpa_proveFinality answers for sets of validators that have ended; the present one's votes are with the block.
		let height = recordedAt;
		let votes: number[] | undefined;
		while (votes === undefined && height <= (await scene.node.finalised()).number) {
			const hash = await ask<string>('chain_getBlockHash', height);
			const { justifications } = await ask<{ justifications: [number[], number[]][] | null }>('chain_getBlock', hash);
			votes = justifications?.find(([engine]) => Buffer.from(engine).toString() === 'FRNK')?.[1];
			height += 1;
		}
		assert.ok(votes, 'no block since the attestation keeps its justification');
		const justification = Buffer.from(votes);
		const [round, target, number] = [8, 40, 44].map((end, index) => justification.subarray([0, 8, 40][index], end));
		assert.ok(round!.readBigUInt64LE() > 0n);
		assert.equal(number!.readUInt32LE(), height - 1, 'the votes are for this block');
		assert.equal(`0x${target!.toString('hex')}`, await ask('chain_getBlockHash', height - 1));
	});

	it('gets a storage proof whose root is in the finalised header', async () => {
		const key = scene.chain.api.query.generationAttestation!.attestations!.key(attestationId);
		const { hash, header } = await scene.node.finalised();
		const { at, proof } = await ask<{ at: string; proof: string[] }>('state_getReadProof', [key], hash);
		assert.equal(at, hash);
		assert.ok(
			proof.some((node) => blake2AsHex(node, 256) === header.stateRoot),
			'one node of the proof hashes to the state root',
		);
		const value = await ask<string>('state_getStorage', key, hash);
		assert.ok(proof.some((node) => node.includes(value.slice(2))), 'the record itself is in the proof');
	});

	it('reads the archive by height, without any subscription', async () => {
		const height = await ask<number>('archive_v1_finalizedHeight');
		assert.ok(height >= recordedAt);
		const [hash] = await ask<string[]>('archive_v1_hashByHeight', recordedAt);
		assert.equal(hash, await ask('chain_getBlockHash', recordedAt));
		assert.equal(await ask('archive_v1_genesisHash'), await ask('chain_getBlockHash', 0));
		const header = await ask<string>('archive_v1_header', hash);
		assert.equal(blake2AsHex(header, 256), hash, 'the hash of a block is the hash of its header');
		assert.ok((await ask<string[]>('archive_v1_body', hash)).length >= 2, 'timestamp and attestation');
		const version = await ask('archive_v1_call', hash, 'Core_version', '0x');
		assert.equal(version.success, true);
	});

	it('reads the state of the first block still: nothing was pruned', async () => {
		const [genesis] = await ask<string[]>('archive_v1_hashByHeight', 0);
		const organisation = scene.chain.api.query.consortium!.organisations!.key(1);
		assert.ok(await ask('state_getStorage', organisation, genesis));
		const attestation = scene.chain.api.query.generationAttestation!.attestations!.key(attestationId);
		assert.equal(await ask('state_getStorage', attestation, genesis), null);
	});
});
