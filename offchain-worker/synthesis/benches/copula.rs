//! Time to fit and to sample, on a simulated cohort of about 9,000 rows and 33 columns.

use criterion::{criterion_group, criterion_main, Criterion};
use semblance_synthesis::{evaluate, fit, simulate, GeneratorKind, NoProgress, Schema, Table};
use std::hint::black_box;

fn cohort() -> Option<Table> {
	let cohort = simulate(4_000, [1; 32]).ok()?;
	Table::parse_csv(&cohort.csv, "cohort.csv", &cohort.schema).ok()
}

fn generators(c: &mut Criterion) {
	let Some(table) = cohort() else { return };
	let rows = u32::try_from(table.rows()).unwrap_or(1);
	for kind in GeneratorKind::ALL {
		c.bench_function(&format!("{kind}/fit"), |b| {
			b.iter(|| fit(kind, black_box(&table), [1; 32], &mut NoProgress));
		});
		let Ok(model) = fit(kind, &table, [1; 32], &mut NoProgress) else { return };
		c.bench_function(&format!("{kind}/sample"), |b| {
			b.iter(|| black_box(&model).sample([2; 32], rows, &mut NoProgress));
		});
	}
}

fn reading_and_measuring(c: &mut Criterion) {
	let Some(table) = cohort() else { return };
	let csv = table.to_canonical_csv();
	let schema: Schema = table.schema().clone();
	c.bench_function("parse", |b| b.iter(|| Table::parse_csv(black_box(&csv), "cohort.csv", &schema)));
	let Ok(model) = fit(GeneratorKind::GaussianCopula, &table, [1; 32], &mut NoProgress) else { return };
	let Ok(synthetic) = model.sample([2; 32], 9_000, &mut NoProgress) else { return };
	let mut slow = c.benchmark_group("slow");
	slow.sample_size(10);
	slow.bench_function("evaluate", |b| {
		b.iter(|| evaluate(black_box(&table), &table, &synthetic, &mut NoProgress));
	});
	slow.finish();
}

criterion_group!(benches, generators, reading_and_measuring);
criterion_main!(benches);
