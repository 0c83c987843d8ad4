#!/usr/bin/env bash
# Runs the golden tests of the synthesis crate (the GAN's are in its library) wherever their digests must be the same: as built
# every day, without optimisation, as a release, for a newer x86-64, each on 1, 2 and 8 threads. WAYS chooses:
# WAYS="release" scripts/golden.sh
set -euo pipefail
cd "$(dirname "$0")/.."
base="${CARGO_TARGET_DIR:-$PWD/target}"
threads="${THREADS:-1 2 8}"
ways="${WAYS:-everyday debug release x86-64-v3}"

# golden TARGET_FOLDER [ARGUMENTS OF CARGO]: builds once, then runs with every number of threads.
golden() {
	local folder=$1
	shift
	for count in $threads; do
		echo "golden: $way, $count threads"
		CARGO_TARGET_DIR="$folder" SEMBLANCE_THREADS="$count" \
			cargo test --quiet -p semblance-synthesis --lib --test golden "$@" -- golden any_number_of_threads
	done
}

for way in $ways; do
	case $way in
	everyday) golden "$base" ;;
	debug)
		golden "$base/golden-debug" --config profile.dev.opt-level=0 \
			--config profile.dev.package.semblance-synthesis.opt-level=0 --config profile.dev.debug-assertions=true
		;;
	release) golden "$base/golden-release" --release ;;
	x86-64-v3)
		if [ "$(uname -m)" = x86_64 ] && grep -qw avx2 /proc/cpuinfo && grep -qw fma /proc/cpuinfo; then
			RUSTFLAGS="-C target-cpu=x86-64-v3" golden "$base/golden-v3"
		else
			echo "golden: x86-64-v3 left out, this processor is another"
		fi
		;;
	*) echo "WAYS: $way is not one of everyday debug release x86-64-v3" >&2 && exit 2 ;;
	esac
done
