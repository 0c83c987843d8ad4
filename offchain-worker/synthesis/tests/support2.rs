//! The public SUPPORT2 and PBC tables, where they are at hand (`SEMBLANCE_DATA`, or `shared/data` beside the project).
use semblance_synthesis::*;
use std::{path::PathBuf, time::Instant};

fn data(name: &str) -> Option<Vec<u8>> {
    let folder = std::env::var_os("SEMBLANCE_DATA").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let path = folder.join(name);
    match std::fs::read(&path) {
        Ok(bytes) => Some(bytes),
        Err(error) => {
            eprintln!("skipped: {} ({error})", path.display());
            None
        }
    }
}

#[test]
fn support2_is_read_as_published() {
    let Some(csv) = data("support2.csv") else { return };
    let options = InferOptions { name: "support2".into(), target: Some("death".into()), ..InferOptions::default() };
    let start = Instant::now();
    let inference = Schema::infer(&csv, "support2.csv", &options).unwrap();
    eprintln!("infer {:?}", start.elapsed());
    for c in &inference.schema.columns { eprintln!("{} {:?} {}", c.name, match &c.kind { ColumnKind::Categorical{levels} => format!("cat {levels:?}"), k => format!("{k:?}") }, c.missing); }
    let start = Instant::now();
    let table = Table::parse_csv(&csv, "support2.csv", &inference.schema).unwrap();
    eprintln!("parse {:?}", start.elapsed());
    assert_eq!((table.rows(), table.schema().columns.len()), (9105, 48));
    let start = Instant::now();
    let model = fit(GeneratorKind::GaussianCopula, &table, [1; 32], &mut NoProgress).unwrap();
    eprintln!("fit {:?}", start.elapsed());
    let bytes = model.to_bytes();
    let start = Instant::now();
    assert!(Model::from_bytes(&bytes).unwrap() == model);
    eprintln!("model {} bytes, read {:?}", bytes.len(), start.elapsed());
    let start = Instant::now();
    let synthetic = model.sample([2; 32], 9105, &mut NoProgress).unwrap();
    eprintln!("sample {:?}", start.elapsed());
    std::fs::write("/tmp/synth-ws/s2_syn.csv", synthetic.to_canonical_csv()).unwrap();
    std::fs::write("/tmp/synth-ws/s2_real.csv", table.without_identifiers().to_canonical_csv()).unwrap();
}
#[test]
fn measured() {
    let Some(csv) = data("support2.csv") else { return };
    let options = InferOptions { name: "support2".into(), target: Some("death".into()), ..InferOptions::default() };
    let inference = Schema::infer(&csv, "support2.csv", &options).unwrap();
    let table = Table::parse_csv(&csv, "support2.csv", &inference.schema).unwrap();
    for kind in GeneratorKind::ALL {
    let model = fit(kind, &table, [1; 32], &mut NoProgress).unwrap();
    let synthetic = model.sample([2; 32], 9105, &mut NoProgress).unwrap();
    let start = Instant::now();
    let hold: Vec<usize> = (0..9105).filter(|n| n % 5 == 0).collect();
    let e = evaluate(&table, &table.select(&hold).unwrap(), &synthetic, &mut NoProgress).unwrap();
    eprintln!("evaluate {:?}", start.elapsed());
    for m in &e.headline { eprintln!("{:?} {}", m.id, m.value_ppm); }
    let start = Instant::now();
    let context = ReportContext { title: "SUPPORT2 <test>".into(), facts: vec![("seed".into(), "ab".repeat(32))] };
    let page = html(&context, &e, &table, &synthetic).unwrap();
    eprintln!("report {} bytes {:?}", page.len(), start.elapsed());
    std::fs::write(format!("/tmp/synth-ws/{kind}.html"), page).unwrap();
    let start = Instant::now();
    eprintln!("reference {} {:?}", reference_statistics(&table).len(), start.elapsed());
    }
}
