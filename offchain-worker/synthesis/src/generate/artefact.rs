//! The model as bytes: one form only, and nothing but what a fit writes is read.
//!
//! All integers are big endian. `SEMBMODL`, version u16, generator u16, length u32 and canonical
//! schema JSON; number of columns u32; per column missing weight u64 (of 2^32), number of segments
//! u32, per segment low i64, high i64, step u64, start u32; number of latents u32, and the lower
//! triangle of their correlation, i32 parts of 2^30. A graphical model has instead of columns and
//! latents what [`super::graphical`] says.

use super::{
	copula::latents,
	correlation::{Correlation, MOST_DIMENSIONS},
	graphical::GraphicalModel,
	marginal::{Marginal, Segment, WHOLE},
	Body, GeneratorKind, Latent, Model,
};
use crate::{
	error::ModelError,
	gan::GanModel,
	language::LanguageModel,
	reader::{invalid, length, Input},
	schema::{Column, Schema},
	trajectory::TrajectoryModel,
};
use std::{collections::BTreeSet, sync::Arc};

const MAGIC: &[u8; 8] = b"SEMBMODL";
const VERSION: u16 = 1;
/// Bytes of one segment.
const SEGMENT_BYTES: usize = 28;

impl Model {
	/// The model as its canonical, versioned artefact.
	#[must_use]
	pub fn to_bytes(&self) -> Vec<u8> {
		let schema = self.schema.to_canonical_json();
		let mut out = MAGIC.to_vec();
		out.extend(VERSION.to_be_bytes());
		out.extend(self.kind.number().to_be_bytes());
		out.extend(length(schema.len()));
		out.extend(schema);
		match &self.body {
			Body::Latent(latent) => latent.write(&mut out),
			Body::Graphical(graphical) => graphical.write(&mut out),
			Body::Language(language) => language.write(&mut out),
			Body::Gan(gan) => gan.write(&mut out),
			Body::Trajectory(trajectory) => trajectory.write(&mut out),
		}
		out
	}

	/// Reads an artefact. Total on hostile input: an error or a model whose bytes are the input.
	///
	/// # Errors
	/// [`ModelError`] for anything that [`Model::to_bytes`] does not write.
	pub fn from_bytes(bytes: &[u8]) -> Result<Self, ModelError> {
		let mut input = Input { bytes, offset: 0 };
		if input.take(MAGIC.len(), "magic").ok() != Some(MAGIC.as_slice()) {
			return Err(ModelError::NotAModel);
		}
		let version = input.u16("version")?;
		if version != VERSION {
			return Err(ModelError::Version { found: version, known: VERSION });
		}
		let number = input.u16("generator")?;
		let kind = GeneratorKind::ALL
			.into_iter()
			.find(|kind| kind.number() == number)
			.ok_or(ModelError::UnknownGenerator { found: number })?;
		let schema = Arc::new(read_schema(&mut input, kind)?);
		let body = match kind {
			GeneratorKind::Mst | GeneratorKind::Aim => Body::Graphical(GraphicalModel::read(&mut input, &schema)?),
			GeneratorKind::TabularLm if schema.time_column.is_some() => {
				Body::Trajectory(Box::new(TrajectoryModel::read(&mut input, &schema)?))
			},
			GeneratorKind::TabularLm | GeneratorKind::TabularLmDp => {
				Body::Language(LanguageModel::read(&mut input, &schema)?)
			},
			GeneratorKind::Ctgan => Body::Gan(GanModel::read(&mut input, &schema)?),
			_ => Body::Latent(Latent::read(&mut input, kind, &schema)?),
		};
		if input.offset != bytes.len() {
			return Err(invalid("end", "there are bytes after it"));
		}
		Ok(Self { kind, schema, body })
	}
}

impl Latent {
	/// Appends the columns and their correlation.
	pub(crate) fn write(&self, out: &mut Vec<u8>) {
		out.extend(length(self.marginals.len()));
		for marginal in &self.marginals {
			out.extend(marginal.missing.to_be_bytes());
			out.extend(length(marginal.segments.len()));
			for segment in &marginal.segments {
				out.extend(segment.low.to_be_bytes());
				out.extend(segment.high.to_be_bytes());
				out.extend(segment.step.to_be_bytes());
				out.extend(segment.start.to_be_bytes());
			}
		}
		out.extend(length(self.correlation.dimensions));
		for cell in &self.correlation.cells {
			out.extend(cell.to_be_bytes());
		}
	}

	/// Reads what [`Latent::write`] writes.
	///
	/// # Errors
	/// [`ModelError`] for anything that no fit writes.
	pub(crate) fn read(input: &mut Input<'_>, kind: GeneratorKind, schema: &Schema) -> Result<Self, ModelError> {
		if input.count("columns", 1)? != schema.columns.len() {
			return Err(invalid("columns", "their number is not the schema's"));
		}
		let marginals =
			schema.columns.iter().map(|column| read_marginal(input, column)).collect::<Result<Vec<_>, _>>()?;
		let correlation = read_correlation(input, kind, &marginals)?;
		Ok(Self { marginals, correlation })
	}
}

fn read_schema(input: &mut Input<'_>, kind: GeneratorKind) -> Result<Schema, ModelError> {
	let length = input.count("schema", 1)?;
	let json = input.take(length, "schema")?;
	let schema = Schema::from_json(json)?;
	if schema.to_canonical_json() != json {
		return Err(invalid("schema", "its JSON is not canonical"));
	}
	// Trajectories have patients, and no other identifier.
	let trajectories = kind == GeneratorKind::TabularLm && schema.time_column.is_some();
	let numbers = |column: &&Column| trajectories && Some(&column.name) == schema.patient_column.as_ref();
	if schema.columns.iter().filter(|column| !numbers(column)).any(Column::is_identifier) {
		return Err(invalid("schema", "it holds an identifier column"));
	}
	Ok(schema)
}

fn read_marginal(input: &mut Input<'_>, column: &Column) -> Result<Marginal, ModelError> {
	let missing = input.u64("missing weight")?;
	if missing > WHOLE || (missing > 0 && !column.missing) {
		return Err(invalid("missing weight", "more than the schema allows"));
	}
	let count = input.count("segments", SEGMENT_BYTES)?;
	if (count == 0) != (missing == WHOLE) {
		return Err(invalid("segments", "their number contradicts the missing weight"));
	}
	let (min, max) = column.code_range().unwrap_or((1, 0));
	let mut segments: Vec<Segment> = Vec::with_capacity(count);
	let mut levels = BTreeSet::new();
	for _ in 0..count {
		let segment = Segment {
			low: input.i64("segment")?,
			high: input.i64("segment")?,
			step: input.u64("segment")?,
			start: input.u32("segment")?,
		};
		if segment.low < min || segment.high > max || segment.low > segment.high {
			return Err(invalid("segment", "outside the declared range"));
		}
		let width = segment.high.abs_diff(segment.low);
		let on_grid = width.checked_rem(segment.step) == Some(0);
		if !on_grid || (width == 0 && segment.step != 1) {
			return Err(invalid("segment", "its step does not divide it"));
		}
		let in_order = match segments.last() {
			None => segment.start == 0,
			Some(last) => segment.start > last.start && (!column.is_numeric() || segment.low > last.high),
		};
		let distinct = column.is_numeric() || (width == 0 && levels.insert(segment.low));
		if !in_order || !distinct {
			return Err(invalid("segment", "out of order"));
		}
		segments.push(segment);
	}
	Ok(Marginal { missing, segments })
}

fn read_correlation(
	input: &mut Input<'_>,
	kind: GeneratorKind,
	marginals: &[Marginal],
) -> Result<Correlation, ModelError> {
	let dimensions = input.count("correlation", 0)?;
	let expected = match kind {
		GeneratorKind::GaussianCopula => latents(marginals).1,
		_ => 0,
	};
	if dimensions != expected || dimensions > MOST_DIMENSIONS {
		return Err(invalid("correlation", "its size is not that of the columns"));
	}
	let pairs = dimensions.saturating_mul(dimensions.saturating_sub(1)).checked_div(2).unwrap_or(0);
	let left = input.bytes.len().saturating_sub(input.offset);
	if pairs.saturating_mul(4) > left {
		return Err(ModelError::Truncated { offset: input.bytes.len(), part: "correlation" });
	}
	let cells = (0..pairs)
		.map(|_| Ok(i32::from_be_bytes(input.array("correlation")?)))
		.collect::<Result<Vec<i32>, ModelError>>()?;
	let correlation = Correlation { dimensions, cells };
	if correlation.factor().is_none() {
		return Err(invalid("correlation", "not positive definite"));
	}
	Ok(correlation)
}
