/** The steps that lead to a synthetic table, for tests that are about something else. */

import { readFileSync } from 'node:fs';
import path from 'node:path';
import { type Chain, event } from './chain.ts';
import { Hopeless, program, succeed, until } from './processes.ts';
import type { Worker } from './worker.ts';

/** Terms without any modifier. */
export function terms(permission: unknown = 'HealthMedicalBiomedical'): object {
	return { permission, modifiers: { bits: 0 }, timeLimitMonths: null, moratoriumUntil: null, regions: [] };
}

/** Circumstances of a public research project. */
export const PUBLIC_RESEARCH = {
	commercial: false,
	nonProfitOrganisation: true,
	collaboratesWithCustodian: false,
	ethicsEvidence: null,
	region: null,
	months: 12,
};

/** A digest that stands for a document nobody will ask for. */
export function digest(byte: number): string {
	return `0x${byte.toString(16).padStart(2, '0').repeat(32)}`;
}

/** Policy of a hospital that asks one steward and one ethics reviewer. */
export const POLICY = {
	custodianVotes: 1,
	ethicsVotes: 1,
	allowHeuristic: true,
	maxRho: 0,
	maxRows: 5_000,
	lifetime: 100_000,
	reviewPeriod: 1_000,
};

/** A simulated cohort: a table and its schema. */
export interface Cohort {
	csv: string;
	schema: object;
	csvFile: string;
	schemaFile: string;
}

/** Simulates patients. */
export async function simulate(folder: string, patients: number, seed = 7): Promise<Cohort> {
	const csvFile = path.join(folder, `cohort-${patients}-${seed}.csv`);
	const schemaFile = path.join(folder, `schema-${patients}-${seed}.json`);
	const hexSeed = seed.toString(16).padStart(2, '0').repeat(32);
	const files = ['--out', csvFile, '--schema-out', schemaFile];
	await succeed(program('semblance-worker'), ['simulate', '--patients', `${patients}`, '--seed', hexSeed, ...files]);
	return { csvFile, schemaFile, csv: readFileSync(csvFile, 'utf8'), schema: JSON.parse(readFileSync(schemaFile, 'utf8')) };
}

/** Where things happen and who does them. */
export interface Stage {
	chain: Chain;
	worker: Worker;
	/** Steward of the hospital; `Alice` if not said otherwise. */
	steward?: string;
	/** Who asks for data; `Researcher` if not said otherwise. */
	researcher?: string;
}

/** A dataset that a hospital registered. */
export interface Dataset {
	id: number;
	/** Handles of its patients. */
	handles: string[];
}

/** Commitments as the worker reports them. */
interface Commitments {
	rows_root: string;
	schema_digest: string;
	manifest_digest: string;
	row_bucket: number;
}

/** Uploads a table to the worker, without anything on chain. */
export async function upload({ worker }: Stage, cohort: Cohort, name = 'cohort'): Promise<{ draft: string } & Commitments> {
	const draft = (await worker.ask('POST', '/v1/datasets', { name, schema: cohort.schema, patient_column: 'patient_id' })).draft;
	const commitments = await worker.ask('PUT', `/v1/datasets/${draft}/rows`, cohort.csv, {
		'content-type': 'text/csv',
		'x-file-name': path.basename(cohort.csvFile),
	});
	return { draft, ...commitments };
}

/** Registers a table, with its policy, and binds the worker's copy to it. */
export async function registerDataset(stage: Stage, cohort: Cohort, policy: object = POLICY): Promise<Dataset> {
	const { chain, worker, steward = 'Alice' } = stage;
	const { draft, ...commitments } = await upload(stage, cohort);
	const registered = await chain.send(
		steward,
		chain.api.tx.datasetRegistry!.register!({
			terms: terms(),
			sensitivity: 'Standard',
			legalBasis: 'Consent',
			version: {
				rows: commitments.rows_root,
				schema: commitments.schema_digest,
				manifest: commitments.manifest_digest,
				rowBucket: commitments.row_bucket,
			},
			budgetCap: 1_000_000,
			deltaExponent: 5,
		}),
	);
	const id = event(registered, 'DatasetRegistered').dataset as number;
	await chain.send(steward, chain.api.tx.accessControl!.setPolicy!(id, policy));
	await worker.ask('POST', `/v1/datasets/${draft}/bind`, { dataset: id, version: 1 });
	const { handles } = await worker.ask('GET', `/v1/datasets/${id}/1/handles`);
	return { id, handles };
}

/** Records consents given on paper. */
export async function captureConsents({ chain, steward = 'Alice' }: Stage, handles: string[]): Promise<void> {
	for (let start = 0; start < handles.length; start += 1_000) {
		const consents = handles.slice(start, start + 1_000).map((handle) => ({ handle, evidence: digest(0xee) }));
		const call = chain.api.tx.consent!.captureBatch!('StewardAttested', terms(), null, digest(0x0a), consents);
		await chain.send(steward, call);
	}
}

/** Proposes a generator that the worker has, and has two organisations review it. */
export async function approveGenerator(
	{ chain, worker, steward = 'Alice' }: Stage,
	name = 'gaussian-copula',
	reviewers = ['Ethics', 'Auditor'],
): Promise<number> {
	const known: { name: string; kind: string; version: number; code: string }[] = await worker.ask('GET', '/v1/generators');
	const own = known.find((generator) => generator.name === name);
	if (!own) throw new Error(`the worker has no generator ${name}`);
	const tx = chain.api.tx.generationAttestation!;
	const proposed = await chain.send(steward, tx.proposeGenerator!(own.kind, own.version, own.code));
	const id = event(proposed, 'GeneratorProposed').generator as number;
	await Promise.all(reviewers.map((reviewer) => chain.send(reviewer, tx.reviewGenerator!(id, true, digest(0x0e)))));
	return id;
}

/** Applies for a dataset and returns the application's number, whatever became of it. */
export async function apply(
	{ chain, researcher = 'Researcher' }: Stage,
	dataset: number,
	purpose: unknown = 'HealthResearch',
	attributes: object = PUBLIC_RESEARCH,
): Promise<number> {
	const included = await chain.send(researcher, chain.api.tx.accessControl!.apply!(dataset, purpose, attributes, digest(0x51)));
	const named = included.events.find(({ name }) => name === 'ApplicationSubmitted' || name === 'ApplicationDenied');
	if (!named) throw new Error('the application left no event');
	return named.fields.application as number;
}

/** Votes on an application. */
export function vote({ chain }: Stage, who: string, application: number, choice: 'Approve' | 'Reject' | 'Abstain') {
	return chain.send(who, chain.api.tx.accessControl!.vote!(application, choice, 'FitsTerms', digest(0x0d)));
}

/** Applies and has everybody approve; returns the agreement. */
export async function concludeAgreement(stage: Stage, dataset: number): Promise<number> {
	const application = await apply(stage, dataset);
	await Promise.all([vote(stage, stage.steward ?? 'Alice', application, 'Approve'), vote(stage, 'Ethics', application, 'Approve')]);
	return application;
}

/** Asks for a synthetic table; returns the job. */
export async function requestJob({ chain, researcher = 'Researcher' }: Stage, agreement: number, generator: number, rows = 100): Promise<number> {
	const call = chain.api.tx.generationAttestation!.requestGeneration!(agreement, generator, [], rows, 0);
	return event(await chain.send(researcher, call), 'JobRequested').job as number;
}

/** A job as the chain shows it. */
export function job({ chain }: Pick<Stage, 'chain'>, id: number): Promise<any> {
	return chain.read('generationAttestation', 'jobs', id);
}

/** Waits until a job is attested; returns it. */
export function attested(stage: Stage, id: number, within = 120_000): Promise<any> {
	return until(
		`job ${id} is attested`,
		async () => {
			const now = await job(stage, id);
			if (now.state === 'Attested') return now;
			if (now.state === 'Requested' || now.state === 'Accepted') return undefined;
			throw new Hopeless(`job ${id} ended as ${now.state} (${now.failure}): ${JSON.stringify(await stage.worker.job(id))}`);
		},
		{ within, every: 300 },
	);
}

/** Everything up to an agreement, in one step. */
export interface Groundwork {
	dataset: Dataset;
	generator: number;
	agreement: number;
	cohort: Cohort;
}

/** Lays the ground for jobs: a dataset with consents, an approved generator and an agreement. */
export async function groundwork(stage: Stage, folder: string, patients: number): Promise<Groundwork> {
	const cohort = await simulate(folder, patients);
	const dataset = await registerDataset(stage, cohort);
	await captureConsents(stage, dataset.handles);
	const generator = await approveGenerator(stage);
	const agreement = await concludeAgreement(stage, dataset.id);
	return { cohort, dataset, generator, agreement };
}
