/** A differentially private table: paid from the budget on chain, and made again by an auditor without data. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { verify } from '../support/cli.ts';
import { program, run, succeed } from '../support/processes.ts';
import { Scene } from '../support/scene.ts';
import { type Cohort, simulate } from '../support/story.ts';

const PATIENTS = 120;
const ROWS = 150;
/** The dataset's whole budget ρ, in millionths. */
const BUDGET = 100_000;

describe('a differentially private job, by command line', () => {
	let cohort: Cohort;
	let dataset: number;
	let agreement: number;
	let job: number;
	let body: any;
	const scene = new Scene('private-job', async (stage) => {
		cohort = await simulate(stage.folder, PATIENTS);
		writeFileSync(stage.file('notice.txt'), 'Information for participants, version 1.\n');
		const spec = ['--chain', 'dev', '--raw', '--output', stage.file('chain.json')];
		await succeed(program('semblance-node'), ['export-chain-spec', ...spec]);
	});
	const as = (who: string, ...args: string[]) => scene.semblance.as(who, ...args);
	const worker = (...args: string[]) => succeed(program('semblance-worker'), args);
	const digestOf = (role: string) => body.subjects.find((subject: any) => subject.role === role).sha3;
	const ask = (generator: string, ...budget: string[]) =>
		scene.semblance.attempt('Researcher', 'job', 'request', '--agreement', `${agreement}`, '--generator', generator, '--rows', `${ROWS}`, ...budget);
	const request = (...budget: string[]) => ask('mst', ...budget);
	const reviewed = async (name: string) => {
		const { generator } = await as('Alice', 'generator', 'propose', name);
		for (const reviewer of ['Ethics', 'Auditor']) {
			await as(reviewer, 'generator', 'review', `${generator}`, '--approve', '--report', scene.file('notice.txt'));
		}
	};
	/** Hands artefacts of the job to the researcher. */
	const fetched = async (...roles: string[]) => {
		for (const role of roles) {
			const bundle = scene.file(`${role}.release.json`);
			await as('Alice', 'artefact', 'release', '--job', `${job}`, '--role', role, '--out', bundle);
			await as('Researcher', 'artefact', 'fetch', '--bundle', bundle, '--key', scene.file('researcher.key'), '--out', scene.file(role));
		}
	};

	it('refuses to measure what a schema read off the data, until a person confirmed it', async () => {
		const columns = ['--patient-column', 'patient_id', '--target', 'readmission_30d'];
		await worker('schema', 'infer', '--in', cohort.csvFile, ...columns, '--out', scene.file('inferred.json'));
		const observed = () => JSON.parse(readFileSync(scene.file('inferred.json'), 'utf8')).columns.filter((column: any) => column.source === 'observed');
		assert.ok(observed().length > 0, 'ranges were read off the data');
		const learn = (schema: string) =>
			run(program('semblance-worker'), [
				...['synthesize', '--in', cohort.csvFile, '--schema', scene.file(schema), '--generator', 'mst', '--epsilon', '1'],
				...['--rows', '20', '--seed', 'ab'.repeat(32), '--out', scene.file('alone')],
			]);
		const refused = await learn('inferred.json');
		assert.notEqual(refused.code, 0);
		assert.match(refused.stderr, /read off the data/);
		await worker('schema', 'confirm', '--in', scene.file('inferred.json'), '--out', scene.file('schema.json'));
		assert.equal((await learn('schema.json')).code, 0);
		assert.ok(existsSync(scene.file('alone/measurement.log')));
	});

	it('has a dataset with a budget, consents, a reviewed generator and an agreement', async () => {
		const file = ['dataset', 'register', cohort.csvFile, '--schema', scene.file('schema.json'), '--yes', '--permission', 'hmb'];
		dataset = (await as('Alice', ...file, '--budget-rho', `${BUDGET / 1e6}`, '--delta-exponent', '5')).dataset;
		const votes = ['--custodian-votes', '1', '--ethics-votes', '1', '--max-rows', '1000', '--max-rho', '1'];
		await as('Alice', 'dataset', 'policy', `${dataset}`, ...votes);
		const notice = ['--notice', scene.file('notice.txt'), '--evidence', scene.file('notice.txt'), '--permission', 'hmb'];
		await as('Alice', 'consent', 'capture', '--dataset', `${dataset}`, ...notice);
		for (const name of ['mst', 'tabular-lm-dp']) await reviewed(name);
		await succeed(program('semblance'), ['key', 'generate', '--out', scene.file('researcher.key')]);
		await as('Researcher', 'key', 'register', '--file', scene.file('researcher.key'));
		const purpose = ['--purpose', 'health-research', '--statement', scene.file('notice.txt')];
		agreement = (await as('Researcher', 'access', 'apply', '--dataset', `${dataset}`, ...purpose)).agreement;
		for (const voter of ['Alice', 'Ethics']) await as(voter, 'access', 'vote', `${agreement}`, '--choice', 'approve');
	});

	it('is asked for at an ε, and attested with the loss that the chain charges', async () => {
		const asked = JSON.parse((await request('--epsilon', '1')).stdout);
		job = asked.job;
		assert.ok(asked.epsilon_micro <= 1_000_000 && asked.epsilon_micro > 999_900);
		await as('Researcher', 'job', 'watch', `${job}`);
		const { attestation } = await scene.chain.read('generationAttestation', 'jobs', job);
		body = (await scene.chain.read('generationAttestation', 'attestations', attestation)).body;
		assert.deepEqual(
			body.subjects.map((subject: any) => subject.role),
			['MeasurementLog', 'Model', 'SyntheticTable', 'Report'],
		);
		assert.deepEqual({ ...body.privacy }, { rhoMicro: asked.rho_micro, epsilonMicro: asked.epsilon_micro, deltaExponent: 5 });
		assert.ok(body.metrics.every((metric: any) => metric.reproducibleBy === 'Anyone'));
		const { reserved, spent } = await scene.chain.read('datasetRegistry', 'budgets', dataset);
		assert.deepEqual({ reserved, spent }, { reserved: 0, spent: asked.rho_micro });
	});

	it('cannot be asked for beyond the budget', async () => {
		const { code, stdout, stderr } = await request('--rho-micro', `${BUDGET - body.privacy.rhoMicro + 1}`);
		assert.notEqual(code, 0);
		assert.match(`${stdout}${stderr}`, /DatasetRegistry.BudgetExceeded/);
		assert.equal((await scene.chain.read('datasetRegistry', 'budgets', dataset)).reserved, 0);
	});

	it('gives the researcher log, model and table, and keeps the report in the hospital', async () => {
		await fetched('measurement-log', 'model', 'table');
		const report = ['--role', 'report', '--out', scene.file('report.release.json')];
		const { code, stdout, stderr } = await scene.semblance.attempt('Alice', 'artefact', 'release', '--job', `${job}`, ...report);
		assert.notEqual(code, 0);
		assert.match(`${stdout}${stderr}`, /stays-in-hospital/);
	});

	it('is verified by a stranger from the log', async () => {
		await as('Auditor', 'receipt', '--job', `${job}`, '--out', scene.file('receipt.json'), '--statement-out', scene.file('statement'));
		const files = ['--log', scene.file('measurement-log'), '--table', scene.file('table'), '--statement', scene.file('statement')];
		const chain = ['--receipt', scene.file('receipt.json'), '--chain-spec', scene.file('chain.json')];
		const { code, stdout } = await verify('--json', ...chain, ...files);
		const checks: { name: string; outcome: string }[] = JSON.parse(stdout.trim().split('\n')[0]!).checks;
		assert.equal(code, 0, stdout);
		const skipped = checks.filter((check) => check.outcome !== 'passed').map((check) => check.name);
		assert.deepEqual(skipped, ['model', 'report'], 'all else was checked');
		for (const name of ['privacy loss', 'ledger', 'model from the log', 'resampling']) {
			assert.ok(checks.some((check) => check.name === name), name);
		}
		const bent = readFileSync(scene.file('measurement-log'));
		bent[Math.floor(bent.length / 2)]! ^= 1;
		writeFileSync(scene.file('measurement-log.bent'), bent);
		const wrong = await verify('--json', ...chain, '--log', scene.file('measurement-log.bent'));
		assert.notEqual(wrong.code, 0);
	});

	it('is made again by an auditor who has only the log and the public seed', async () => {
		const input = ['--log', scene.file('measurement-log'), '--seed', body.samplingSeed, '--rows', `${ROWS}`];
		await worker('resample', ...input, '--out', scene.file('again'));
		assert.equal(sha3_256(scene.file('again/model.bin')), digestOf('Model'));
		assert.equal(sha3_256(scene.file('again/table.csv')), digestOf('SyntheticTable'));
	});

	it('can be drawn under conditions, which every row meets', async () => {
		const input = ['--log', scene.file('measurement-log'), '--seed', '2a', '--rows', '500', '--where', 'age >= 65, sex = female'];
		await worker('resample', ...input, '--out', scene.file('women'));
		const [header, ...rows] = readFileSync(scene.file('women/table.csv'), 'utf8').trimEnd().split('\n').map((line) => line.split(','));
		const [age, sex] = [header!.indexOf('age'), header!.indexOf('sex')];
		assert.equal(rows.length, 500);
		assert.ok(rows.every((row) => Number(row[age]) >= 65 && row[sex] === 'female'));
	});

	it('is trained with noisy gradients too, for what is left of the budget', async () => {
		const spent = body.privacy.rhoMicro;
		const answer = await ask('tabular-lm-dp', '--rho-micro', `${BUDGET - spent}`);
		assert.equal(answer.code, 0, answer.stderr);
		job = JSON.parse(answer.stdout).job;
		await as('Researcher', 'job', 'watch', `${job}`);
		const { attestation } = await scene.chain.read('generationAttestation', 'jobs', job);
		body = (await scene.chain.read('generationAttestation', 'attestations', attestation)).body;
		assert.deepEqual(
			body.subjects.map((subject: any) => subject.role),
			['Model', 'SyntheticTable', 'Report', 'TrainingLog'],
		);
		assert.equal(body.privacy.rhoMicro, BUDGET - spent);
		assert.equal((await scene.chain.read('datasetRegistry', 'budgets', dataset)).spent, BUDGET, 'nothing is left');
	});

	it('has a training log from which a stranger adds up what it cost', async () => {
		await fetched('training-log', 'model', 'table');
		assert.equal(sha3_256(scene.file('training-log')), digestOf('TrainingLog'));
		await as('Auditor', 'receipt', '--job', `${job}`, '--out', scene.file('receipt.json'), '--statement-out', scene.file('statement'));
		const chain = ['--receipt', scene.file('receipt.json'), '--chain-spec', scene.file('chain.json')];
		const files = ['model', 'table', 'statement'].flatMap((role) => [`--${role}`, scene.file(role)]);
		const { code, stdout } = await verify('--json', ...chain, ...files, '--log', scene.file('training-log'));
		assert.equal(code, 0, stdout);
		const checks: { name: string; outcome: string }[] = JSON.parse(stdout.trim().split('\n')[0]!).checks;
		assert.deepEqual(checks.filter((check) => check.outcome !== 'passed').map((check) => check.name), ['report'], 'all else was checked');
		for (const name of ['privacy loss', 'training log', 'ledger', 'vocabulary', 'resampling']) {
			assert.ok(checks.some((check) => check.name === name), name);
		}
		const other = await verify('--json', ...chain, ...files, '--log', scene.file('measurement-log'));
		assert.notEqual(other.code, 0, 'the log of another job');
	});
});

function sha3_256(file: string): string {
	return `0x${createHash('sha3-256').update(readFileSync(file)).digest('hex')}`;
}
