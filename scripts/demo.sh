#!/usr/bin/env bash
# Runs the main job once on one development node: consent, dataset, agreement, generation, attestation, release,
# verification. Ends with the attested record, its verification, and the path of the report.
#
#   BIN      folder of the binaries (default target/debug)
#   DATA     a CSV file of your own (default: a simulated cohort)
#   TARGET   the column whose prediction is evaluated (default for the simulated cohort: readmission_30d)
#   PATIENT  the column that names the patient (default: every row is a patient of its own, or patient_id if present)
#   OUT      where everything is written (default .demo)
#   KILL_WORKER=1  kills the worker with SIGKILL in the middle of the job and starts it again
set -euo pipefail
cd "$(dirname "$0")/.."
BIN="${BIN:-target/debug}"
OUT="${OUT:-$PWD/.demo}"
DATA="${DATA:-}"
TARGET="${TARGET:-}"
PATIENT="${PATIENT:-}"
ROWS="${ROWS:-1000}"
PATIENTS="${PATIENTS:-500}"
SEED=5e3b1a9ce5e3b1a9ce5e3b1a9ce5e3b1a9ce5e3b1a9ce5e3b1a9ce5e3b1a9ce5

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
field() { python3 -c 'import json, sys
value = json.load(sys.stdin)
for key in sys.argv[1].split("."): value = value[int(key)] if isinstance(value, list) else value[key]
print(value)' "$1"; }

rm -rf "$OUT"
mkdir -p "$OUT"
chmod 700 "$OUT"
NODE_PID=
WORKER_PID=
stop() {
	trap - EXIT INT TERM
	for pid in $WORKER_PID $NODE_PID; do kill "$pid" 2>/dev/null || true; done
	for pid in $WORKER_PID $NODE_PID; do wait "$pid" 2>/dev/null || true; done
}
trap stop EXIT INT TERM

RPC_PORT=$(free_port)
P2P_PORT=$(free_port)
WORKER_PORT=$(free_port)
NODE_URL="ws://127.0.0.1:$RPC_PORT"
WORKER_URL="http://127.0.0.1:$WORKER_PORT"

say "1  A worker and a node start"
"$BIN/semblance-worker" init --data "$OUT/worker"
TOKEN="$OUT/worker/token"
"$BIN/semblance-node" --chain dev --validator --alice --force-authoring --base-path "$OUT/node" \
	--state-pruning archive --rpc-port "$RPC_PORT" --listen-addr "/ip4/127.0.0.1/tcp/$P2P_PORT" --no-mdns \
	--no-prometheus --no-telemetry --unsafe-force-node-key-generation --rpc-methods safe \
	--worker-url "$WORKER_URL" --worker-token-file "$TOKEN" >"$OUT/node.log" 2>&1 &
NODE_PID=$!
start_worker() {
	"$BIN/semblance-worker" serve --data "$OUT/worker" --listen "127.0.0.1:$WORKER_PORT" --node "$NODE_URL" \
		--organisation 1 >>"$OUT/worker.log" 2>&1 &
	WORKER_PID=$!
}
as() { local who=$1; shift; "$BIN/semblance" --node "$NODE_URL" --worker-url "$WORKER_URL" --token-file "$TOKEN" --signer "//$who" "$@"; }
for _ in $(seq 120); do
	if curl -sf -o /dev/null -H 'Content-Type: application/json' \
		-d '{"id":1,"jsonrpc":"2.0","method":"system_health","params":[]}' "http://127.0.0.1:$RPC_PORT"; then break; fi
	kill -0 "$NODE_PID" 2>/dev/null || { tail -n 20 "$OUT/node.log"; echo "the node stopped; see $OUT/node.log"; exit 1; }
	sleep 0.5
done
start_worker
for _ in $(seq 120); do
	curl -sf -o /dev/null "$WORKER_URL/v1/health" && break
	kill -0 "$WORKER_PID" 2>/dev/null || { tail -n 20 "$OUT/worker.log"; echo "the worker stopped; see $OUT/worker.log"; exit 1; }
	sleep 0.5
done

REGISTER=(--yes --permission hmb)
if [ -z "$DATA" ]; then
	say "2  A cohort is simulated (no DATA given)"
	DATA="$OUT/cohort.csv"
	TARGET="${TARGET:-readmission_30d}"
	"$BIN/semblance-worker" simulate --patients "$PATIENTS" --seed "$SEED" --out "$DATA" --schema-out "$OUT/schema.json"
	REGISTER+=(--schema "$OUT/schema.json")
	PATIENT="${PATIENT:-patient_id}"
fi
[ -n "$TARGET" ] && REGISTER+=(--target "$TARGET")
[ -n "$PATIENT" ] && REGISTER+=(--patient-column "$PATIENT")

say "3  The steward registers the dataset and its access policy"
as Alice --json dataset register "$DATA" "${REGISTER[@]}" >"$OUT/dataset.json"
DATASET=$(field dataset <"$OUT/dataset.json")
as Alice dataset policy "$DATASET" --custodian-votes 1 --ethics-votes 1 --max-rows 1000000 --allow-heuristic
as Alice dataset show "$DATASET"

say "4  The steward records the patients' consents"
printf 'Information for participants, version 1.\n' >"$OUT/notice.txt"
printf 'Register of the signed forms, volume 1.\n' >"$OUT/forms.txt"
as Alice consent capture --dataset "$DATASET" --notice "$OUT/notice.txt" --evidence "$OUT/forms.txt" --permission hmb

say "5  A generator is proposed and reviewed by two organisations"
as Alice --json generator propose gaussian-copula >"$OUT/generator.json"
GENERATOR=$(field generator <"$OUT/generator.json")
printf 'Read the code; ran its tests; compared it with the floors.\n' >"$OUT/review.txt"
as Ethics generator review "$GENERATOR" --approve --report "$OUT/review.txt"
as Auditor generator review "$GENERATOR" --approve --report "$OUT/review.txt"

say "6  A researcher applies; the custodian and the ethics board vote"
"$BIN/semblance" key generate --out "$OUT/researcher.key"
as Researcher key register --file "$OUT/researcher.key"
printf 'Which patients come back within a month, and why?\n' >"$OUT/plan.txt"
as Researcher --json access apply --dataset "$DATASET" --purpose health-research --statement "$OUT/plan.txt" \
	>"$OUT/application.json"
AGREEMENT=$(field agreement <"$OUT/application.json")
as Alice access vote "$AGREEMENT" --choice approve
as Ethics access vote "$AGREEMENT" --choice approve

say "7  The researcher asks for $ROWS rows; the hospital's worker makes and attests them"
as Researcher --json job request --agreement "$AGREEMENT" --generator "$GENERATOR" --rows "$ROWS" >"$OUT/job.json"
JOB=$(field job <"$OUT/job.json")
if [ -n "${KILL_WORKER:-}" ]; then
	sleep "${KILL_AFTER:-4}"
	say "   the worker is killed with SIGKILL and started again"
	kill -KILL "$WORKER_PID"
	wait "$WORKER_PID" 2>/dev/null || true
	start_worker
fi
as Researcher job watch "$JOB"

say "8  The steward releases the keys; the researcher fetches, decrypts and acknowledges"
for role in model table report; do
	as Alice artefact release --job "$JOB" --role "$role" --out "$OUT/$role.release.json"
done
as Researcher artefact fetch --bundle "$OUT/model.release.json" --key "$OUT/researcher.key" --out "$OUT/model.bin" --acknowledge
as Researcher artefact fetch --bundle "$OUT/table.release.json" --key "$OUT/researcher.key" --out "$OUT/synthetic.csv" --acknowledge
as Researcher artefact fetch --bundle "$OUT/report.release.json" --key "$OUT/researcher.key" --out "$OUT/report.html" --acknowledge

say "9  The attested record"
as Auditor --json job show "$JOB" >"$OUT/job-attested.json"
SYNTHETIC=$(field synthetic_dataset <"$OUT/job-attested.json")
as Auditor audit provenance "$SYNTHETIC"

say "10 A stranger verifies, offline"
"$BIN/semblance-node" export-chain-spec --chain dev --raw --output "$OUT/chain.json" >/dev/null 2>&1
as Auditor receipt --job "$JOB" --out "$OUT/receipt.json" --statement-out "$OUT/statement.json"
stop
"$BIN/semblance" verify --receipt "$OUT/receipt.json" --chain-spec "$OUT/chain.json" --statement "$OUT/statement.json" \
	--model "$OUT/model.bin" --table "$OUT/synthetic.csv" --report "$OUT/report.html"

say "Done. Open the report: $OUT/report.html"
