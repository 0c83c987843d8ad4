/** The researcher's side, with Polkadot.js: apply, be voted on, ask for a table, read the record, be refused. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { event, type Stage as Until } from '../support/chain.ts';
import { until } from '../support/processes.ts';
import { Scene } from '../support/scene.ts';
import {
	apply,
	approveGenerator,
	attested,
	captureConsents,
	concludeAgreement,
	type Dataset,
	digest,
	job,
	POLICY,
	PUBLIC_RESEARCH,
	registerDataset,
	requestJob,
	simulate,
	vote,
} from '../support/story.ts';

const FINAL: Until = 'final';

describe('a researcher', () => {
	let dataset: Dataset;
	let generator: number;
	let agreement: number;
	const scene = new Scene('researcher', async (stage) => {
		dataset = await registerDataset(stage, await simulate(stage.folder, 60));
		await captureConsents(stage, dataset.handles);
		generator = await approveGenerator(stage);
	});
	const tx = (pallet: string) => scene.chain.api.tx[pallet]!;
	const request = (id: number, rows = 50, which = generator, rho = 0) =>
		tx('generationAttestation').requestGeneration!(id, which, [], rows, rho);

	it('finds a denied application on record, with its reasons', async () => {
		const denied = await apply(scene, dataset.id, 'PopulationResearch');

		const record = await scene.chain.read('accessControl', 'records', denied);
		assert.equal(record.state, 'Denied');
		assert.deepEqual(record.decision, { verdict: 'Deny', reasons: ['PurposeNotCovered'], obligations: [] });
		const denials = await scene.chain.view('accessControl', 'denials', dataset.id);
		assert.deepEqual(denials, [{ application: denied, reasons: ['PurposeNotCovered'] }]);
	});

	it('can ask beforehand what the terms say', async () => {
		const explain = (purpose: unknown, who = 'Researcher') =>
			scene.chain.view(
				'accessControl',
				'explain_access',
				scene.chain.person(who).address,
				dataset.id,
				purpose,
				PUBLIC_RESEARCH,
			);

		assert.equal((await explain('HealthResearch')).verdict, 'Permit');
		assert.equal((await explain('MethodDevelopment')).verdict, 'Abstain');
		assert.deepEqual((await explain('HealthResearch', 'Ethics')).reasons, ['ApplicantNotEligible']);
	});

	it('gets an agreement when steward and ethics board approve', async () => {
		agreement = await apply(scene, dataset.id);
		assert.equal((await scene.chain.read('accessControl', 'records', agreement)).state, 'UnderReview');

		await vote(scene, 'Alice', agreement, 'Approve');
		assert.equal((await scene.chain.read('accessControl', 'records', agreement)).state, 'UnderReview');
		const last = await vote(scene, 'Ethics', agreement, 'Approve');

		assert.equal(event(last, 'AgreementActivated').agreement, agreement);
		const record = await scene.chain.view('accessControl', 'agreement', agreement);
		assert.equal(record.state, 'Active');
		assert.equal(record.conditions.maxRows, POLICY.maxRows);
		assert.equal((await scene.chain.view('accessControl', 'votes', agreement)).length, 2);
	});

	it('is voted down by a single rejection', async () => {
		const application = await apply(scene, dataset.id);
		const rejected = await vote(scene, 'Ethics', application, 'Reject');

		assert.equal(event(rejected, 'ApplicationRejected').application, application);
		assert.equal(await scene.chain.refusal('Researcher', request(application)), 'AgreementNotActive');
	});

	it('neither votes on the own application nor twice', async () => {
		const application = await apply(scene, dataset.id);
		const ballot = tx('accessControl').vote!(application, 'Approve', 'FitsTerms', digest(1));

		assert.match(await scene.chain.refusal('Researcher', ballot), /^(ApplicantCannotVote|NotAuthorized)$/);
		await scene.chain.send('Ethics', ballot);
		assert.equal(await scene.chain.refusal('Ethics', ballot), 'AlreadyVoted');
	});

	it('asks for a table and reads the attestation', async () => {
		const id = await requestJob(scene, agreement, generator, 80);
		const done = await attested(scene, id);

		assert.equal(done.rows, 80);
		assert.equal(done.attempt, 1);
		assert.equal(done.accepted.acceptance.consentCount, dataset.handles.length);
		const attestation = await scene.chain.view('generationAttestation', 'attestation', done.attestation);
		assert.equal(attestation.level, 'Bound');
		assert.equal(attestation.status, 'Standing');
		assert.equal(attestation.body.job, id);
		assert.deepEqual(attestation.body.acceptance, done.accepted.acceptance);
		assert.deepEqual(attestation.body.subjects.map((subject: any) => subject.role), ['Model', 'SyntheticTable', 'Report']);
		assert.equal(attestation.body.subjects[1].rows, 80);
		const synthetic = await scene.chain.view('datasetRegistry', 'dataset', attestation.syntheticDataset);
		assert.equal(synthetic.kind, 'Synthetic');
		assert.deepEqual(synthetic.terms.permission, { healthMedicalBiomedical: null }, 'on the terms of the data');
		assert.deepEqual(await scene.chain.view('datasetRegistry', 'derived_from', dataset.id), [attestation.syntheticDataset]);
	});

	it('is told the row bound', async () => {
		assert.equal(await scene.chain.refusal('Researcher', request(agreement, POLICY.maxRows + 1)), 'TooManyRows');
		assert.equal(await scene.chain.refusal('Researcher', request(agreement, 0)), 'NoRows');
	});

	it('is told which generators there are not', async () => {
		assert.equal(await scene.chain.refusal('Researcher', request(agreement, 50, 99)), 'GeneratorNotFound');
		const propose = tx('generationAttestation').proposeGenerator!('Independent', 1, digest(9));
		const proposed = event(await scene.chain.send('Alice', propose), 'GeneratorProposed').generator;
		assert.equal(await scene.chain.refusal('Researcher', request(agreement, 50, proposed)), 'GeneratorNotApproved');
	});

	it('cannot put a privacy budget on a generator without guarantee', async () => {
		assert.equal(
			await scene.chain.refusal('Researcher', request(agreement, 50, generator, 1)),
			'PrivacyBudgetNotApplicable',
		);
	});

	it('cannot apply for a dataset that is not there', async () => {
		const call = tx('accessControl').apply!(99, 'HealthResearch', PUBLIC_RESEARCH, digest(1));
		assert.equal(await scene.chain.refusal('Researcher', call), 'DatasetNotFound');
	});

	it("cannot use a colleague's agreement", async () => {
		const colleague = scene.chain.person('Colleague');
		await scene.chain.send('Researcher', tx('consortium').addMember!(colleague.address, ['Researcher'], null));
		assert.equal(await scene.chain.refusal(colleague, request(agreement)), 'NotApplicant');
	});

	it('meets stewards of another hospital who have no say over this dataset', async () => {
		const [head, steward] = [scene.chain.person('Second'), scene.chain.person('SecondSteward')];
		const admit = tx('consortium').admitOrganisation!('Second Hospital', 'Hospital', head.address);
		await scene.chain.send('Alice', tx('sudo').sudo!(admit));
		await scene.chain.send(head, tx('consortium').addMember!(steward.address, ['DataSteward'], null));

		assert.equal(await scene.chain.refusal(steward, tx('accessControl').setPolicy!(dataset.id, POLICY)), 'NotAuthorized');
		assert.equal(await scene.chain.refusal(steward, tx('datasetRegistry').quarantine!(dataset.id)), 'NotAuthorized');
		const ballot = tx('accessControl').vote!(await apply(scene, dataset.id), 'Approve', 'FitsTerms', digest(1));
		assert.equal(await scene.chain.refusal(steward, ballot), 'NotAuthorized');
	});

	it('is not heard as a stranger: the node refuses the transaction itself', async () => {
		const call = tx('accessControl').apply!(dataset.id, 'HealthResearch', PUBLIC_RESEARCH, digest(1));
		assert.match(await scene.chain.refusal('Stranger', call), /1010: Invalid Transaction: Invalid signing address/);
	});

	it('gets nothing while the dataset is quarantined', async () => {
		await scene.chain.send('Alice', tx('datasetRegistry').quarantine!(dataset.id));
		assert.equal(await scene.chain.refusal('Researcher', request(agreement)), 'DatasetNotActive');
		await scene.chain.send('Alice', tx('datasetRegistry').reinstate!(dataset.id));
	});

	it('gets nothing once the agreement has run out', async () => {
		await scene.chain.send('Alice', tx('accessControl').setPolicy!(dataset.id, { ...POLICY, lifetime: 1 }), FINAL);
		const short = await concludeAgreement(scene, dataset.id);
		const { expires } = await scene.chain.read('accessControl', 'records', short);
		await until('the agreement has run out', async () => {
			const header = await scene.chain.api.rpc.chain.getHeader();
			return header.number.toNumber() > expires ? true : undefined;
		});

		assert.equal(await scene.chain.refusal('Researcher', request(short)), 'AgreementExpired');
	});

	it('leaves no open job behind', async () => {
		assert.deepEqual(await scene.chain.view('generationAttestation', 'open_jobs', 1), []);
		const count = await scene.chain.read('generationAttestation', 'jobCount');
		assert.equal((await job(scene, count)).state, 'Attested');
	});
});
