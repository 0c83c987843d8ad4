//! What the program says to the shell: exit code 1 and a reason for every command that fails, such as an audit.

use std::process::Command;

#[test]
fn an_audit_that_fails_ends_with_exit_code_1_and_says_why() {
	let audit = |arguments: &[&str]| {
		let program =
			Command::new(env!("CARGO_BIN_EXE_semblance-worker")).arg("audit").args(arguments).output().unwrap();
		(program.status.code(), String::from_utf8_lossy(&program.stderr).into_owned())
	};
	let there = ["--in", "none.csv", "--schema", "none.json", "--seed", "9"];
	let (code, reason) = audit(&[there.as_slice(), &["--generator", "mst", "--epsilon", "1"]].concat());
	assert_eq!(code, Some(1), "{reason}");
	assert!(reason.contains("error: ") && reason.contains("none.csv"), "{reason}");
	let (code, reason) = audit(&[there.as_slice(), &["--generator", "gaussian-copula"]].concat());
	assert_eq!(code, Some(1), "{reason}");
	assert!(reason.contains("mst, aim or tabular-lm-dp"), "{reason}");
	// What clap refuses is not the audit's verdict.
	let (code, _) = audit(&["--no-such-option"]);
	assert_eq!(code, Some(2));
}
