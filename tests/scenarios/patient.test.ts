/** The patient's side: give and withdraw with an own key and no balance, or by an order that somebody relays. */

import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { KeyringPair } from '@polkadot/keyring/types';
import { u8aConcat, u8aToHex } from '@polkadot/util';
import { event } from '../support/chain.ts';
import { Scene } from '../support/scene.ts';
import {
	approveGenerator,
	attested,
	captureConsents,
	concludeAgreement,
	type Dataset,
	digest,
	PUBLIC_RESEARCH,
	registerDataset,
	requestJob,
	simulate,
	terms,
} from '../support/story.ts';

const COHORT = 60;

describe('a patient', () => {
	let dataset: Dataset;
	let generator: number;
	let agreement: number;
	let patients: { handle: string; account: KeyringPair }[];
	let first: any;
	const scene = new Scene('patient', async (stage) => {
		const cohort = await simulate(stage.folder, COHORT);
		dataset = await registerDataset(stage, cohort);
		assert.equal(dataset.handles.length, COHORT);
		patients = await Promise.all(
			patientIds(cohort.csv, 3).map(async (id, index) => ({
				handle: (await stage.worker.ask('GET', `/v1/datasets/${dataset.id}/1/handles/${id}`)).handle,
				account: stage.chain.person(`Patient${index}`),
			})),
		);
		const own = new Set(patients.map(({ handle }) => handle));
		await captureConsents(stage, dataset.handles.filter((handle) => !own.has(handle)));
		generator = await approveGenerator(stage);
		agreement = await concludeAgreement(stage, dataset.id);
	});
	const tx = (pallet: string) => scene.chain.api.tx[pallet]!;
	const consent = (handle: string) => scene.chain.view('consent', 'consent', handle);

	/** What a patient signs on paper, so to speak: bytes that anybody may bring to the chain. */
	const order = async (handle: string, action: string, by: KeyringPair, changes: object = {}) => {
		const { nonce } = await consent(handle);
		const validUntil = (await scene.chain.api.rpc.chain.getHeader()).number.toNumber() + 100;
		const signed = scene.chain.create('ConsentOrder', { handle, action, nonce, validUntil, ...changes });
		const { api } = scene.chain;
		const text = (value: string) => api.createType('Bytes', value).toU8a();
		const message = u8aConcat(
			text('semblance/signed/1'),
			text('consent-order'),
			api.genesisHash.toU8a(),
			api.createType('u32', nonce).toU8a(),
			api.createType('u32', validUntil).toU8a(),
			signed.toU8a(),
		);
		return tx('consent').relay!(signed, { Sr25519: u8aToHex(by.sign(message)) });
	};

	it('is asked, and agrees with an own key that holds no balance', async () => {
		for (const { handle, account } of patients) {
			const ask = tx('consent').request!(handle, account.address, terms(), null, digest(0x0a), 'SelfSigned');
			await scene.chain.send('Alice', ask);
		}
		const [patient] = patients as [(typeof patients)[0]];
		assert.equal((await scene.chain.read('system', 'account', patient.account.address)).data.free, 0);

		await scene.chain.send(patient.account, tx('consent').give!(patient.handle));

		assert.equal((await consent(patient.handle)).latest.status, 'Given');
	});

	it('agrees by a signed order that any member relays', async () => {
		const { handle, account } = patients[1]!;
		const relayed = await scene.chain.send('Researcher', await order(handle, 'Give', account));

		assert.equal(event(relayed, 'OrderRelayed').relayer, scene.chain.person('Researcher').address);
		const given = await consent(handle);
		assert.equal(given.latest.status, 'Given');
		assert.equal(given.nonce, 1);
		const [, transition] = await scene.chain.view('consent', 'history', handle, 0, 10);
		assert.equal(transition.actor, account.address, 'the patient is the actor on record, not the relayer');
	});

	it('says no, and is not in the data', async () => {
		const { handle, account } = patients[2]!;
		await scene.chain.send(account, tx('consent').refuse!(handle));
		assert.equal((await consent(handle)).latest.status, 'Refused');

		const id = await requestJob(scene, agreement, generator);
		first = await attested(scene, id);

		assert.equal(first.accepted.acceptance.consentCount, COHORT - 1);
	});

	it('is protected from orders that are forged, for another state, or too late', async () => {
		const { handle, account } = patients[1]!;
		const refusal = async (by: KeyringPair, changes: object = {}) =>
			scene.chain.refusal('Auditor', await order(handle, 'Withdraw', by, changes));

		assert.equal(await refusal(scene.chain.person('Alice')), 'SignatureInvalid');
		assert.equal(await refusal(account, { action: 'Refuse', nonce: 0 }), 'NonceMismatch');
		assert.equal(await refusal(account, { validUntil: 1 }), 'OrderExpired');
		assert.equal(await refusal(account, { handle: patients[0]!.handle, nonce: 0 }), 'SignatureInvalid');
		assert.equal((await consent(handle)).latest.status, 'Given');
	});

	it("cannot do anything but decide on the own consent", async () => {
		const { account } = patients[0]!;
		const apply = tx('accessControl').apply!(dataset.id, 'HealthResearch', PUBLIC_RESEARCH, digest(1));
		assert.match(await scene.chain.refusal(account, apply), /1010: Invalid Transaction: Invalid signing address/);
		const other = tx('consent').withdraw!(patients[1]!.handle, digest(0));
		assert.equal(await scene.chain.refusal(account, other), 'NotAuthorized');
	});

	it('withdraws with the own key in one call', async () => {
		const { handle, account } = patients[0]!;
		const withdrawn = await scene.chain.send(account, tx('consent').withdraw!(handle, digest(0)));

		assert.equal(event(withdrawn, 'ConsentWithdrawn').handle, handle);
		assert.equal((await consent(handle)).latest.status, 'Withdrawn');
		const valid = (block: number) => scene.chain.view('consent', 'consent_valid_at', handle, 'HealthResearch', block);
		assert.equal(await valid(withdrawn.number), false, 'it takes effect in its block');
		assert.equal(await valid(withdrawn.number - 1), true, 'the past stays as it was');
		assert.equal(await scene.chain.refusal(account, tx('consent').withdraw!(handle, digest(0))), 'ConsentAlreadyWithdrawn');
	});

	it('withdraws by a signed order, which works once', async () => {
		const { handle, account } = patients[1]!;
		const call = await order(handle, 'Withdraw', account);
		await scene.chain.send('Auditor', call);

		assert.equal((await consent(handle)).latest.status, 'Withdrawn');
		assert.equal(await scene.chain.refusal('Auditor', call), 'NonceMismatch');
	});

	it('who withdrew is not in the next table: counts and roots differ', async () => {
		const second = await attested(scene, await requestJob(scene, agreement, generator));

		const [before, now] = [first.accepted.acceptance, second.accepted.acceptance];
		assert.equal(now.consentCount, COHORT - 3);
		assert.notEqual(now.consentRoot, before.consentRoot);
		assert.notEqual(now.trainingRoot, before.trainingRoot);
		assert.notEqual(now.referenceStatistics, before.referenceStatistics);
		assert.equal(second.attempt, 2);
		const { lastRestriction } = await scene.chain.view('consent', 'custodian_totals', 1);
		assert.ok(now.consentBlock >= lastRestriction, 'consents were read after the last withdrawal');
		const earlier = await scene.chain.view('generationAttestation', 'attestation', first.attestation);
		assert.equal(earlier.body.acceptance.consentCount, COHORT - 1, 'what was attested stays on record');
	});
});

function patientIds(csv: string, count: number): string[] {
	const [header, ...rows] = csv.split('\n').map((line) => line.split(','));
	const column = header!.indexOf('patient_id');
	return [...new Set(rows.map((row) => row[column]!))].slice(0, count);
}
