/** Bad input: refused with a word that helps, and nothing changes. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { compactAddLength, u8aConcat, u8aToHex } from '@polkadot/util';
import { until } from '../support/processes.ts';
import { Scene } from '../support/scene.ts';
import { attested, digest, type Groundwork, groundwork, requestJob, upload } from '../support/story.ts';
import type { Answer, Refusal } from '../support/worker.ts';

/** A small good table; each bad one differs from it in one thing. */
const GOOD = ['patient_id,age,sex,died', 'p1,70,F,yes', 'p2,51,M,no', 'p3,64,F,no', ''].join('\n');

/** Tables that must not get in, and what the refusal has to name. */
const BAD_TABLES: { name: string; bytes: string | Uint8Array; names: RegExp[] }[] = [
	{ name: 'an empty file', bytes: '', names: [/empty/i] },
	{ name: 'a header without rows', bytes: 'patient_id,age,sex,died\n', names: [/no row/i] },
	{ name: 'a ragged row', bytes: GOOD.replace('p2,51,M,no', 'p2,51,M'), names: [/line 3/, /3 cells/] },
	{ name: 'a duplicate header', bytes: GOOD.replace('age,sex', 'age,age'), names: [/line 1/, /age/, /same name/] },
	{ name: 'an empty header', bytes: GOOD.replace('age,sex', ',sex'), names: [/line 1/, /no name/] },
	{ name: 'a NUL byte', bytes: GOOD.replace('51', '5\0'), names: [/NUL/, /line 3/, /age/] },
	{
		name: 'another encoding than UTF-8',
		bytes: Buffer.concat([Buffer.from('patient_id,age,sex,died\np1,70,F,'), Buffer.from([0xe9, 0xff]), Buffer.from('\n')]),
		names: [/line 2/, /UTF-8/],
	},
	{ name: 'a million columns', bytes: `${Array.from({ length: 1_000_000 }, (_, i) => `c${i}`).join(',')}\n`, names: [/1000000 columns/] },
	{ name: 'a column without any value', bytes: GOOD.replace(/,(yes|no)$/gm, ','), names: [/died/] },
	{ name: 'text in a numeric column', bytes: GOOD.replace('51', 'fifty'), names: [/line 3/, /age/, /fifty/] },
];

describe('bad input', () => {
	let ground: Groundwork;
	const scene = new Scene('bad-input', async (stage) => {
		ground = await groundwork(stage, stage.folder, 60);
	});
	const ask = (method: string, route: string, body?: string | Uint8Array | object, headers?: Record<string, string>) =>
		scene.worker.request(method, route, body, headers);
	const datasets = () => scene.chain.read('datasetRegistry', 'datasetCount');
	const held = async () => JSON.stringify((await ask('GET', '/v1/datasets')).json);
	const jobs = async () => JSON.stringify((await ask('GET', '/v1/jobs')).json);
	/** A schema for {@link GOOD} in which the age is a number. */
	const schema = async () => (await ask('POST', '/v1/schema/infer?name=good&patient_column=patient_id', GOOD)).json.schema;

	it('starts from a table that would be good', async () => {
		const answer = await ask('POST', '/v1/schema/infer?name=good&patient_column=patient_id', GOOD, { 'content-type': 'text/csv' });
		assert.equal(answer.status, 200, Buffer.from(answer.bytes).toString('utf8'));
		const draft = (await scene.worker.ask('POST', '/v1/datasets', { name: 'good', schema: await schema(), patient_column: 'patient_id' })).draft;
		assert.equal((await ask('PUT', `/v1/datasets/${draft}/rows`, GOOD)).status, 200);
	});

	for (const { name, bytes, names } of BAD_TABLES) {
		it(`refuses ${name}, says where and what to do, and keeps nothing`, async () => {
			const table = { name: 'bad', schema: await schema(), patient_column: 'patient_id' };
			const { draft } = await scene.worker.ask('POST', '/v1/datasets', table);
			const before = await held();
			const answer = await ask('PUT', `/v1/datasets/${draft}/rows`, bytes, { 'content-type': 'text/csv', 'x-file-name': 'bad.csv' });

			const refusal = refused(answer, [400, 413, 422]);
			for (const pattern of names) assert.match(`${refusal.message} ${refusal.remedy}`, pattern);
			assert.match(refusal.message, /bad\.csv/);
			assert.equal(await held(), before);
			assert.equal(await datasets(), ground.dataset.id);
		});
	}

	it('refuses a bad file at the command line before anything is registered', async () => {
		const file = scene.file('ragged.csv');
		writeFileSync(file, GOOD.replace('p2,51,M,no', 'p2,51,M'));
		const register = ['dataset', 'register', file, '--patient-column', 'patient_id', '--permission', 'hmb', '--yes'];
		const { code, stdout, stderr } = await scene.semblance.attempt('Alice', ...register);

		assert.notEqual(code, 0);
		assert.match(`${stdout}${stderr}`, /ragged\.csv/);
		assert.match(`${stdout}${stderr}`, /line 3/);
		assert.equal(await datasets(), ground.dataset.id);
	});

	it('refuses a wrong token and a missing one', async () => {
		for (const authorization of ['Bearer wrong', `Bearer ${'0'.repeat(64)}`, scene.worker.token, '']) {
			refused(await ask('GET', '/v1/datasets', undefined, { authorization }), [401, 403]);
		}
		assert.equal((await ask('GET', '/v1/health', undefined, { authorization: '' })).status, 200, 'health is for everybody');
	});

	it('refuses an oversized body', async () => {
		const before = await jobs();
		const route = `/v1/jobs/${genesis()}/1`;
		const outcome = await ask('PUT', route, new Uint8Array(2 << 20)).then(
			(answer) => answer.status,
			() => 'connection closed',
		);
		assert.ok(outcome === 413 || outcome === 'connection closed', `${outcome}`);
		assert.equal(await jobs(), before);
	});

	const genesis = () => scene.chain.api.genesisHash.toHex().slice(2);

	/** An order in SCALE, as the node's off-chain worker writes it; parts can be bent. */
	const order = async (id: number, changes: Partial<Record<'genesis' | 'custodian' | 'job_id' | 'block', any>> = {}) => {
		const { api } = scene.chain;
		const record = await api.query.generationAttestation!.jobs!(id);
		const parts = {
			genesis: api.genesisHash.toU8a(),
			custodian: api.createType('u32', changes.custodian ?? 1).toU8a(),
			job_id: api.createType('u32', changes.job_id ?? id).toU8a(),
			// An option with a value is a one, then the value.
			job: record.toU8a().subarray(1),
			block: api.createType('u32', changes.block ?? 1).toU8a(),
		};
		if (changes.genesis) parts.genesis = changes.genesis;
		return Buffer.concat([parts.genesis, parts.custodian, parts.job_id, parts.job, parts.block]);
	};
	const scale = { 'content-type': 'application/x-scale' };

	it('refuses orders that are malformed or not for this hospital, and takes note of none', async () => {
		const id = await requestJob(scene, ground.agreement, ground.generator, 50);
		await attested(scene, id);
		const before = await jobs();
		const good = await order(id);
		const elsewhere = new Uint8Array(32).fill(7);

		const bent: [string, string, Uint8Array][] = [
			['garbage', `/v1/jobs/${genesis()}/77`, Buffer.from('no order')],
			['nothing', `/v1/jobs/${genesis()}/77`, new Uint8Array()],
			['a cut order', `/v1/jobs/${genesis()}/${id}`, good.subarray(0, good.length - 1)],
			['trailing bytes', `/v1/jobs/${genesis()}/${id}`, Buffer.concat([good, Buffer.from([0])])],
			['another number than in its path', `/v1/jobs/${genesis()}/${id + 1}`, good],
			['another chain in its path', `/v1/jobs/${'07'.repeat(32)}/${id}`, good],
			['another chain', `/v1/jobs/${'07'.repeat(32)}/${id}`, await order(id, { genesis: elsewhere })],
			['another hospital', `/v1/jobs/${genesis()}/${id}`, await order(id, { custodian: 2 })],
			['no chain at all', `/v1/jobs/xyz/${id}`, good],
		];
		for (const [what, route, body] of bent) {
			const answer = await ask('PUT', route, body, scale);
			assert.ok(answer.status >= 400 && answer.status < 500, `${what}: ${answer.status}`);
		}
		assert.equal(await jobs(), before);
	});

	it('answers a repeated order with what is on record already', async () => {
		const id = await scene.chain.read('generationAttestation', 'jobCount');
		const before = await scene.chain.read('generationAttestation', 'attestations', (await scene.chain.read('generationAttestation', 'jobs', id)).attestation);
		const answer = await ask('PUT', `/v1/jobs/${genesis()}/${id}`, await order(id), scale);
		assert.ok(answer.status === 200 || answer.status === 202, `${answer.status}`);
		const { attestation } = await scene.chain.read('generationAttestation', 'jobs', id);
		assert.deepEqual(await scene.chain.read('generationAttestation', 'attestations', attestation), before);
	});

	it('does not make up a job that the chain does not have', async () => {
		const id = await scene.chain.read('generationAttestation', 'jobCount');
		const answer = await ask('PUT', `/v1/jobs/${genesis()}/${id + 5}`, await order(id, { job_id: id + 5 }), scale);
		assert.ok(answer.status < 500);
		const status = await scene.worker.job(id + 5);
		assert.ok(status === undefined || ['waiting-for-finality', 'failed'].includes(status.stage), JSON.stringify(status));
		assert.equal(await scene.chain.read('generationAttestation', 'jobs', id + 5), null);
	});

	it('will not bind a table to a version with another commitment', async () => {
		const table = { name: 'good', schema: await schema(), patient_column: 'patient_id' };
		const { draft } = await scene.worker.ask('POST', '/v1/datasets', table);
		await scene.worker.ask('PUT', `/v1/datasets/${draft}/rows`, GOOD);
		refused(await ask('POST', `/v1/datasets/${draft}/bind`, { dataset: ground.dataset.id, version: 1 }), [409]);
	});

	it('notices one changed cell: the commitment differs', async () => {
		const { csv } = ground.cohort;
		const end = csv.trimEnd();
		const digitAt = end.search(/[1-8][^0-9]*$/);
		const changed = `${end.slice(0, digitAt)}${Number(end[digitAt]) + 1}${csv.slice(digitAt + 1)}`;
		const same = await upload(scene, ground.cohort, 'again');
		const other = await upload(scene, { ...ground.cohort, csv: changed }, 'again');
		assert.notEqual(other.rows_root, same.rows_root);
		refused(await ask('POST', `/v1/datasets/${other.draft}/bind`, { dataset: ground.dataset.id, version: 1 }), [409]);
	});

	it("believes no word that was not the hospital's own, complete and fresh", async () => {
		await scene.worker.kill();
		const id = await requestJob(scene, ground.agreement, ground.generator, 50);
		const withdrawal = scene.chain.api.tx.consent!.withdraw!(ground.dataset.handles[0]!, digest(0xee));
		const withdrawn = await scene.chain.send('Alice', withdrawal);
		const job = await scene.chain.read('generationAttestation', 'jobs', id);
		const acceptance = {
			consentBlock: withdrawn.number,
			trainingRoot: digest(1),
			holdOutRoot: digest(2),
			consentRoot: digest(3),
			consentCount: 50,
			secretCommitment: digest(4),
			referenceStatistics: digest(5),
		};
		const answer = (changes: object, signer = 'Alice', key = signer) =>
			submitAcceptance(scene, job, { job: id, acceptance: { ...acceptance, ...changes } }, signer, key);

		try {
			assert.match(await answer({ consentBlock: withdrawn.number - 1 }), /Custom error: 9\b/, 'stale consents');
			assert.match(await answer({ consentBlock: withdrawn.number + 100 }), /Custom error: 8\b/, 'consents of the future');
			assert.match(await answer({ consentCount: 1 }), /Custom error: 7\b/, 'too few patients');
			assert.match(await answer({}, 'Bob'), /Custom error: 4\b/, "nobody's key");
			assert.match(await answer({}, 'Bob', 'Alice'), /Custom error: 6\b/, 'a forged signature');
			const elsewhere = { job: id + 7, acceptance };
			assert.match(await submitAcceptance(scene, job, elsewhere, 'Alice', 'Alice'), /Custom error: 1\b/, 'no such job');
			assert.equal((await scene.chain.read('generationAttestation', 'jobs', id)).state, 'Requested');
		} finally {
			await scene.worker.start(scene.node.ws);
		}
		const done = await attested(scene, id);
		assert.equal(done.accepted.acceptance.consentCount, ground.dataset.handles.length - 1);
		assert.match(await answer({}), /Custom error: 2\b/, 'the job has gone on');
	});

	it('still works afterwards', async () => {
		await attested(scene, await requestJob(scene, ground.agreement, ground.generator, 50));
	});

	it('fails a job on record when the vault no longer holds what was registered', async () => {
		await scene.worker.stop();
		damageTables(scene.worker.data);
		await scene.worker.start(scene.node.ws);
		const id = await requestJob(scene, ground.agreement, ground.generator, 50);
		const failed = await until(`job ${id} failed`, async () => {
			const now = await scene.chain.read('generationAttestation', 'jobs', id);
			assert.notEqual(now.state, 'Attested');
			return now.state === 'Failed' ? now : undefined;
		});
		assert.equal(failed.failure, 'CommitmentMismatch');
	});
});

/** Puts an acceptance before the chain as the node's hook would: a general transaction, signed by the attestation key. */
async function submitAcceptance(
	{ chain, node }: Pick<Scene, 'chain' | 'node'>,
	job: any,
	payload: object,
	signer: string,
	key: string,
): Promise<string> {
	const { api } = chain;
	const body = chain.create('AcceptPayload', payload);
	const text = (value: string) => api.createType('Bytes', value).toU8a();
	const number = (value: number) => api.createType('u32', value).toU8a();
	const message = u8aConcat(
		...[text('semblance/signed/1'), text('job-accept'), api.genesisHash.toU8a()],
		...[number(job.attempt), number(job.deadline), body.toU8a()],
	);
	const signature = chain.person(signer).sign(message);
	const call = api.tx.generationAttestation!.accept!(body, chain.person(key).publicKey, signature, 0).method.toU8a();
	// Version 5, general; version of the extensions; era, nonce and metadata mode are all zero, the rest holds nothing.
	const transaction = u8aConcat(Uint8Array.of(0x45, 0, 0, 0, 0), call);
	try {
		await node.rpc('author_submitExtrinsic', u8aToHex(compactAddLength(transaction)));
	} catch (error) {
		return error instanceof Error ? error.message : String(error);
	}
	return 'taken';
}

/** Flips one bit in the middle of every table that a vault holds. */
function damageTables(vault: string): void {
	const blobs = path.join(vault, 'blobs');
	const tables = readdirSync(blobs).filter((name) => name.startsWith('rows-'));
	assert.ok(tables.length > 0, `no table in ${blobs}`);
	for (const file of tables.map((name) => path.join(blobs, name))) {
		const bytes = readFileSync(file);
		bytes[Math.floor(bytes.length / 2)]! ^= 1;
		writeFileSync(file, bytes);
	}
}

/** Checks that an answer is a refusal in the worker's form. */
function refused(answer: Answer, statuses: number[]): Refusal {
	const text = Buffer.from(answer.bytes).toString('utf8');
	assert.ok(statuses.includes(answer.status), `${answer.status} ${text}`);
	const refusal = answer.json?.error as Refusal | undefined;
	assert.ok(refusal?.code && refusal.message && refusal.remedy, `no code, message and remedy: ${text}`);
	return refusal;
}
