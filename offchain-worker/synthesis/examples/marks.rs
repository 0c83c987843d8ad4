//! The commands of `semblance-worker` that `benches/marks` needs, on the library alone, so that they build in a minute:
//! `schema infer`, `synthesize` and `evaluate`, with the worker's options.
//!
//! `cargo run -p semblance-synthesis --example marks -- synthesize --in FILE --schema S --generator NAME --rows N --seed HEX --out DIR`

use semblance_synthesis::{
	evaluate, fit, measure, simulate_shaped, GeneratorKind, InferOptions, MeasureOptions, NoProgress, Schema, Table,
};
use std::{collections::BTreeMap, error::Error, fs, path::PathBuf, time::Instant};

type Outcome = Result<(), Box<dyn Error>>;

/// `--name value` pairs.
struct Options(BTreeMap<String, String>);

impl Options {
	fn parse(words: &[String]) -> Result<Self, Box<dyn Error>> {
		let mut found = BTreeMap::new();
		for pair in words.chunks(2) {
			let [name, value] = pair else { return Err(format!("{pair:?}: give a value").into()) };
			let name = name.strip_prefix("--").ok_or_else(|| format!("{name}: options begin with --"))?;
			found.insert(name.to_owned(), value.clone());
		}
		Ok(Self(found))
	}

	fn get(&self, name: &str) -> Option<&str> {
		self.0.get(name).map(String::as_str)
	}

	fn need(&self, name: &str) -> Result<&str, Box<dyn Error>> {
		self.get(name).ok_or_else(|| format!("--{name} is missing").into())
	}

	fn read(&self, name: &str) -> Result<Vec<u8>, Box<dyn Error>> {
		let path = self.need(name)?;
		fs::read(path).map_err(|error| format!("{path}: {error}").into())
	}

	fn schema(&self) -> Result<Schema, Box<dyn Error>> {
		let mut schema = Schema::from_json(&self.read("schema")?)?;
		if let Some(target) = self.get("target") {
			schema.target = Some(target.to_owned());
		}
		schema.validate()?;
		Ok(schema)
	}

	fn table(&self, name: &str, schema: &Schema) -> Result<Table, Box<dyn Error>> {
		Ok(Table::parse_csv(&self.read(name)?, self.need(name)?, schema)?)
	}

	fn folder(&self) -> Result<PathBuf, Box<dyn Error>> {
		let folder = PathBuf::from(self.need("out")?);
		fs::create_dir_all(&folder)?;
		Ok(folder)
	}
}

fn main() -> Outcome {
	let words: Vec<String> = std::env::args().skip(1).collect();
	match words.first().map(String::as_str) {
		Some("schema") if words.get(1).is_some_and(|word| word == "infer") => infer(&Options::parse(&words[2..])?),
		Some("schema") if words.get(1).is_some_and(|word| word == "confirm") => confirm(&Options::parse(&words[2..])?),
		Some("simulate") => cohort(&Options::parse(&words[1..])?),
		Some("synthesize") => synthesize(&Options::parse(&words[1..])?),
		Some("evaluate") => judge(&Options::parse(&words[1..])?),
		_ => Err("say schema infer, synthesize or evaluate".into()),
	}
}

fn infer(options: &Options) -> Outcome {
	let asked = InferOptions {
		target: options.get("target").map(str::to_owned),
		patient_column: options.get("patient-column").map(str::to_owned),
		..InferOptions::default()
	};
	let inference = Schema::infer(&options.read("in")?, options.need("in")?, &asked)?;
	Ok(fs::write(options.need("out")?, serde_json::to_string_pretty(&inference.schema)?)?)
}

/// A person has looked at the schema: its marks of what was read off the data go.
fn confirm(options: &Options) -> Outcome {
	let mut schema = options.schema()?;
	schema.confirm();
	Ok(fs::write(options.need("out")?, schema.to_canonical_json())?)
}

fn cohort(options: &Options) -> Outcome {
	let shape = options.get("shape").unwrap_or("standard").parse()?;
	let cohort = simulate_shaped(shape, options.need("patients")?.parse()?, seed(options.need("seed")?)?)?;
	fs::write(options.need("schema-out")?, cohort.schema.to_canonical_json())?;
	Ok(fs::write(options.need("out")?, cohort.csv)?)
}

fn synthesize(options: &Options) -> Outcome {
	let schema = options.schema()?;
	let table = Table::parse_csv(&options.read("in")?, options.need("in")?, &schema)?;
	let kind: GeneratorKind = options.need("generator")?.parse()?;
	let (rows, seed) = (options.need("rows")?.parse()?, seed(options.need("seed")?)?);
	let began = Instant::now();
	let model = if kind.is_private() {
		let log = measure(kind, &table, &measure_options(options)?, seed, &mut NoProgress)?;
		eprintln!("measured after {:.2} s", began.elapsed().as_secs_f64());
		log.fit(&mut NoProgress)?
	} else {
		fit(kind, &table, seed, &mut NoProgress)?
	};
	let fitted = began.elapsed();
	let synthetic = model.sample(seed, rows, &mut NoProgress)?;
	eprintln!("fit {:.2} s, sample {:.2} s", fitted.as_secs_f64(), (began.elapsed() - fitted).as_secs_f64());
	Ok(fs::write(options.folder()?.join("table.csv"), synthetic.to_canonical_csv())?)
}

fn measure_options(options: &Options) -> Result<MeasureOptions, Box<dyn Error>> {
	let defaults = MeasureOptions::default();
	let number = |name: &str, default: u32| options.get(name).map_or(Ok(default), str::parse);
	let delta_exponent: u8 = options.get("delta-exponent").unwrap_or("5").parse()?;
	let epsilon: f64 = options.get("epsilon").unwrap_or("1").parse()?;
	Ok(MeasureOptions {
		rho_micro: (rho(epsilon, 10f64.powi(-i32::from(delta_exponent))) * 1e6) as u64,
		delta_exponent,
		rows_per_patient: number("rows-per-patient", defaults.rows_per_patient)?,
		resolution: number("resolution", defaults.resolution)?,
		max_cells: number("max-cells", defaults.max_cells)?,
		target_edges: options.get("target-edges").map_or(Ok(defaults.target_edges), str::parse)?,
	})
}

/// ρ of zero-concentrated differential privacy for (ε, δ): Canonne, Kamath and Steinke 2020, by bisection.
fn rho(epsilon: f64, delta: f64) -> f64 {
	let epsilon_of = |rho: f64| {
		let bound = |alpha: f64| {
			let tail = ((1.0 - 1.0 / alpha).ln() * (alpha - 1.0) - alpha.ln() - delta.ln()) / (alpha - 1.0);
			alpha * rho + tail
		};
		(1..200_000).map(|step| bound(1.0 + f64::from(step) * 0.005)).fold(f64::INFINITY, f64::min)
	};
	let (mut low, mut high) = (0.0, epsilon * epsilon);
	for _ in 0..30 {
		let middle = (low + high) / 2.0;
		if epsilon_of(middle) <= epsilon {
			low = middle
		} else {
			high = middle
		}
	}
	low
}

fn judge(options: &Options) -> Outcome {
	let schema = options.schema()?;
	// Trajectories have patients; other synthetic tables have no identifiers.
	let made = if schema.time_column.is_some() { schema.with_patients_only() } else { schema.without_identifiers() };
	let (real, held) = (options.table("real", &schema)?, options.table("holdout", &schema)?);
	// Patients keep their numbers: folds and attacks go by patient.
	let made = options.table("synthetic", &made)?;
	let evaluation = evaluate(&real, &held, &made, &mut NoProgress)?;
	Ok(fs::write(options.folder()?.join("evaluation.json"), serde_json::to_vec_pretty(&evaluation)?)?)
}

/// Up to 64 hexadecimal digits, filled with zeros from the left.
fn seed(digits: &str) -> Result<[u8; 32], String> {
	let mut seed = [0; 32];
	hex::decode_to_slice(format!("{digits:0>64}"), &mut seed).map(|()| seed).map_err(|error| format!("--seed: {error}"))
}
