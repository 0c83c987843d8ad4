/** The whole way with the command line alone, as the three of them type it: steward, researcher, stranger. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { verify } from '../support/cli.ts';
import { program, succeed } from '../support/processes.ts';
import { Scene } from '../support/scene.ts';
import { type Cohort, simulate } from '../support/story.ts';

const PATIENTS = 120;
const ROWS = 150;
/** Artefacts by the command line's word for them and the chain's. */
const ARTEFACTS = { model: 'Model', table: 'SyntheticTable', report: 'Report' } as const;

describe('the main job, by command line', () => {
	let cohort: Cohort;
	let dataset: number;
	let generator: number;
	let agreement: number;
	let job: any;
	const scene = new Scene('main-job', async (stage) => {
		cohort = await simulate(stage.folder, PATIENTS);
		writeFileSync(stage.file('notice.txt'), 'Information for participants, version 1.\n');
		writeFileSync(stage.file('plan.txt'), 'Which patients come back within a month?\n');
		const spec = ['--chain', 'dev', '--raw', '--output', stage.file('chain.json')];
		await succeed(program('semblance-node'), ['export-chain-spec', ...spec]);
	});
	const as = (who: string, ...args: string[]) => scene.semblance.as(who, ...args);
	const receipt = () => ['--receipt', scene.file('receipt.json'), '--chain-spec', scene.file('chain.json')];
	const documents = (changed: Record<string, string> = {}) =>
		['statement', 'model', 'table', 'report'].flatMap((role) => [`--${role}`, scene.file(changed[role] ?? role)]);

	it('registers a dataset with its policy', async () => {
		const file = ['dataset', 'register', cohort.csvFile, '--schema', cohort.schemaFile, '--patient-column', 'patient_id'];
		dataset = (await as('Alice', ...file, '--yes', '--permission', 'hmb', '--target', 'readmission_30d')).dataset;
		const votes = ['--custodian-votes', '1', '--ethics-votes', '1', '--max-rows', '1000', '--allow-heuristic'];
		await as('Alice', 'dataset', 'policy', `${dataset}`, ...votes);

		const record = await scene.chain.read('datasetRegistry', 'records', dataset);
		assert.equal(record.status, 'Active');
		assert.deepEqual(record.terms.permission, { healthMedicalBiomedical: null });
	});

	it("captures the whole cohort's consents", async () => {
		await as('Alice', 'consent', 'capture', '--dataset', `${dataset}`, '--notice', scene.file('notice.txt'), '--evidence', scene.file('notice.txt'), '--permission', 'hmb');
		assert.equal((await scene.chain.view('consent', 'custodian_totals', 1)).consents, PATIENTS);
	});

	it('skips consents that are on chain already', async () => {
		await as('Alice', 'consent', 'capture', '--dataset', `${dataset}`, '--notice', scene.file('notice.txt'), '--evidence', scene.file('notice.txt'), '--permission', 'hmb');
		assert.equal((await scene.chain.view('consent', 'custodian_totals', 1)).consents, PATIENTS);
	});

	it('has a generator reviewed by two organisations', async () => {
		generator = (await as('Alice', 'generator', 'propose', 'gaussian-copula')).generator;
		await as('Ethics', 'generator', 'review', `${generator}`, '--approve', '--report', scene.file('notice.txt'));
		await as('Auditor', 'generator', 'review', `${generator}`, '--approve', '--report', scene.file('notice.txt'));
		assert.equal((await scene.chain.read('generationAttestation', 'generators', generator)).status, 'Approved');
	});

	it('applies, and the steward and the ethics board approve', async () => {
		await succeed(program('semblance'), ['key', 'generate', '--out', scene.file('researcher.key')]);
		assert.equal(statSync(scene.file('researcher.key')).mode & 0o777, 0o600);
		await as('Researcher', 'key', 'register', '--file', scene.file('researcher.key'));
		const purpose = ['--purpose', 'health-research', '--statement', scene.file('plan.txt')];
		agreement = (await as('Researcher', 'access', 'apply', '--dataset', `${dataset}`, ...purpose)).agreement;
		await as('Alice', 'access', 'vote', `${agreement}`, '--choice', 'approve');
		await as('Ethics', 'access', 'vote', `${agreement}`, '--choice', 'approve');
		assert.equal((await scene.chain.read('accessControl', 'records', agreement)).state, 'Active');
	});

	it('explains a refusal by its name and what to do', async () => {
		const ask = ['job', 'request', '--agreement', `${agreement}`, '--generator', `${generator}`, '--rows', '1001'];
		const { code, stderr, stdout } = await scene.semblance.attempt('Researcher', ...ask);
		assert.notEqual(code, 0);
		assert.match(`${stdout}${stderr}`, /TooManyRows|[Mm]ore rows than/);
	});

	it('asks for a table and watches the job to its end', async () => {
		const ask = ['--agreement', `${agreement}`, '--generator', `${generator}`, '--rows', `${ROWS}`];
		const id = (await as('Researcher', 'job', 'request', ...ask)).job;
		await as('Researcher', 'job', 'watch', `${id}`);
		job = await as('Auditor', 'job', 'show', `${id}`);

		const record = await scene.chain.read('generationAttestation', 'jobs', id);
		assert.equal(record.state, 'Attested');
		assert.equal(record.accepted.acceptance.consentCount, PATIENTS);
		assert.ok(job.synthetic_dataset > dataset);
	});

	it('releases the keys; the researcher fetches, decrypts and acknowledges', async () => {
		const id = await scene.chain.read('generationAttestation', 'jobCount');
		const { attestation } = await scene.chain.read('generationAttestation', 'jobs', id);
		const { body } = await scene.chain.read('generationAttestation', 'attestations', attestation);
		for (const [role, subject] of Object.entries(ARTEFACTS)) {
			const bundle = scene.file(`${role}.release.json`);
			await as('Alice', 'artefact', 'release', '--job', `${id}`, '--role', role, '--out', bundle);
			const key = ['--key', scene.file('researcher.key'), '--out', scene.file(role), '--acknowledge'];
			await as('Researcher', 'artefact', 'fetch', '--bundle', bundle, ...key);
			const { sha3 } = body.subjects.find((candidate: any) => candidate.role === subject);
			assert.equal(sha3_256(scene.file(role)), sha3, `${role} is what was attested`);
		}
		const releases = await scene.chain.view('accessControl', 'releases', agreement);
		assert.equal(releases.length, 3);
		assert.ok(releases.every((release: any) => release.acknowledged !== null));
		const lines = readFileSync(scene.file('table'), 'utf8').trimEnd().split('\n');
		assert.equal(lines.length, ROWS + 1);
		assert.ok(!lines[0]!.split(',').includes('patient_id'), 'no identifier leaves the hospital');
		assert.match(readFileSync(scene.file('report'), 'utf8'), /<svg/);
	});

	it('cannot be decrypted with another key', async () => {
		await succeed(program('semblance'), ['key', 'generate', '--out', scene.file('other.key')]);
		const other = ['--key', scene.file('other.key'), '--out', scene.file('nothing')];
		const { code } = await scene.semblance.attempt('Researcher', 'artefact', 'fetch', '--bundle', scene.file('table.release.json'), ...other);
		assert.notEqual(code, 0);
		assert.ok(!readdirSync(scene.folder).includes('nothing'));
	});

	it('is verified by a stranger who trusts the chain specification only', async () => {
		const id = `${await scene.chain.read('generationAttestation', 'jobCount')}`;
		const out = ['--out', scene.file('receipt.json'), '--statement-out', scene.file('statement')];
		await as('Auditor', 'receipt', '--job', id, ...out);
		const { good, checks } = await findings(...receipt(), ...documents());
		assert.ok(good, JSON.stringify(checks));
		assert.ok(checks.length >= 12, 'every check was made');
		assert.deepEqual(checks.filter((check) => check.outcome !== 'passed'), []);
	});

	it('is verified in plain words too', async () => {
		const { code, stdout } = await verify(...receipt(), ...documents());
		assert.equal(code, 0);
		assert.match(stdout, /✓/);
		assert.doesNotMatch(stdout, /✗/);
	});

	for (const role of ['table', 'model', 'report', 'statement']) {
		it(`fails verification when one byte of the ${role} is flipped`, async () => {
			const bytes = readFileSync(scene.file(role));
			bytes[Math.floor(bytes.length / 2)]! ^= 1;
			writeFileSync(scene.file(`${role}.flipped`), bytes);
			const { good, checks } = await findings(...receipt(), ...documents({ [role]: `${role}.flipped` }));
			assert.equal(good, false);
			const failed = checks.filter((check) => check.outcome === 'failed').map((check) => check.name);
			assert.ok(failed.includes(role), `failed: ${failed.join(', ')}`);
		});
	}

	it('fails verification when any part of the receipt is changed', async () => {
		const original = JSON.parse(readFileSync(scene.file('receipt.json'), 'utf8'));
		const parts = hexParts(original);
		assert.ok(parts.length >= 6, `genesis, proofs, headers and votes at least: ${parts.join(' ')}`);
		for (const part of parts) {
			writeFileSync(scene.file('receipt.bent.json'), JSON.stringify(bend(original, part)));
			const bent = ['--receipt', scene.file('receipt.bent.json'), '--chain-spec', scene.file('chain.json')];
			const { code, stdout } = await verify(...bent, ...documents());
			assert.notEqual(code, 0, `a change of ${part} went unnoticed:\n${stdout}`);
		}
	});

	it('fails verification under another chain', async () => {
		const spec = ['--chain', 'local', '--raw', '--output', scene.file('other-chain.json')];
		await succeed(program('semblance-node'), ['export-chain-spec', ...spec]);
		const other = ['--receipt', scene.file('receipt.json'), '--chain-spec', scene.file('other-chain.json')];
		const { good, checks } = await findings(...other, ...documents());
		assert.equal(good, false);
		assert.ok(checks.some((check) => check.name === 'chain' && check.outcome === 'failed'));
	});

	it('tells the auditor the story', async () => {
		const trail = JSON.stringify(await as('Auditor', 'audit', 'trail', `${dataset}`));
		for (const name of ['DatasetRegistered', 'AgreementActivated', 'JobAttested', 'KeyReleased']) assert.match(trail, new RegExp(name));
		const provenance = JSON.stringify(await as('Auditor', 'audit', 'provenance', `${job.synthetic_dataset}`));
		assert.match(provenance, /GaussianCopula/);
	});

	it('makes the same bytes again from the same data and seed', async () => {
		const make = async (folder: string, seed: string) => {
			const input = ['--in', cohort.csvFile, '--schema', cohort.schemaFile, '--generator', 'gaussian-copula'];
			await succeed(program('semblance-worker'), ['synthesize', ...input, '--rows', '200', '--seed', seed, '--out', scene.file(folder)]);
			return contents(scene.file(folder));
		};
		const seed = 'ab'.repeat(32);
		const [once, again, other] = [await make('once', seed), await make('again', seed), await make('other', 'cd'.repeat(32))];
		assert.ok(Object.keys(once).length >= 2, 'a model and a table at least');
		assert.deepEqual(again, once);
		assert.notDeepEqual(other, once);
	});
});

/** What the checks of a verification found. */
async function findings(...args: string[]): Promise<{ good: boolean; checks: { name: string; outcome: string; text: string }[] }> {
	const { code, stdout, stderr } = await verify('--json', ...args);
	try {
		return { good: code === 0, checks: JSON.parse(stdout.trim().split('\n')[0]!).checks };
	} catch (cause) {
		throw new Error(`verify printed no JSON document:\n${stdout}${stderr}`, { cause });
	}
}

/** Paths of all longer hexadecimal values in a document. */
function hexParts(value: any, at: string[] = []): string[] {
	if (typeof value === 'string') return /^(0x)?[0-9a-f]{32,}$/.test(value) ? [at.join('.')] : [];
	if (value === null || typeof value !== 'object') return [];
	return Object.entries(value).flatMap(([key, inner]) => hexParts(inner, [...at, key]));
}

/** A copy of a document with one hexadecimal digit changed. */
function bend(document: any, part: string): any {
	const copy = structuredClone(document);
	const path = part.split('.');
	const last = path.pop()!;
	const holder = path.reduce((inner, key) => inner[key], copy);
	const text: string = holder[last];
	const middle = Math.floor(text.length / 2);
	holder[last] = `${text.slice(0, middle)}${text[middle] === '0' ? '1' : '0'}${text.slice(middle + 1)}`;
	return copy;
}

function sha3_256(file: string): string {
	return `0x${createHash('sha3-256').update(readFileSync(file)).digest('hex')}`;
}

/** Digests of a folder's files by name. */
function contents(folder: string): Record<string, string> {
	return Object.fromEntries(readdirSync(folder).sort().map((name) => [name, sha3_256(path.join(folder, name))]));
}
