//! The model card: what a model is, for people and catalogues (the idea of Mitchell and others 2019, "Model cards for model
//! reporting"). It is made from the model alone, so it tells nothing that the model does not, and holds no count of rows.

use super::{Body, Model};
use crate::schema::{Column, ColumnKind};
use serde_json::{json, Value};
use sha3::{Digest as _, Sha3_256};

/// Number of the card's form.
const CARD_FORMAT: u16 = 1;

impl Model {
	/// The card as JSON: generator and tier, digests of model, schema and code, the columns that it makes, its size, and what
	/// it can be asked. Marks and privacy loss are those of the attestation, and are not repeated here.
	#[must_use]
	pub fn card(&self) -> Value {
		let bytes = self.to_bytes();
		let columns: Vec<Value> = self.schema.columns.iter().map(column).collect();
		json!({
			"format": CARD_FORMAT,
			"generator": self.kind.name(),
			"tier": if self.kind.is_private() { "differentially-private" } else { "heuristic" },
			"code": hex::encode(crate::code_digest()),
			"model": { "sha3_256": hex::encode(Sha3_256::digest(&bytes)), "bytes": bytes.len() },
			"schema": { "name": self.schema.name, "sha3_256": hex::encode(self.schema.digest()), "target": self.schema.target },
			"columns": columns,
			"parameters": self.body.parameters(),
			"answers": self.body.answers(),
			"intended_use": "Rows that look like those of patients, for methods, teaching and exploration. Findings are to be confirmed on real data.",
			"limits": self.limits(),
		})
	}

	fn limits(&self) -> &'static str {
		if self.kind.is_private() {
			"What the model tells about a patient is bounded by the attested ε and δ, if the schema says what is possible and not what occurs."
		} else {
			"No formal privacy guarantee: levels and bins stand for five rows or more, but a model of this tier may remember patients. Do not call its rows anonymous."
		}
	}
}

fn column(column: &Column) -> Value {
	let kind = match column.kind {
		ColumnKind::Categorical { .. } => "categorical",
		ColumnKind::Integer { .. } => "integer",
		ColumnKind::Decimal { .. } => "decimal",
		ColumnKind::Date { .. } => "date",
		ColumnKind::Identifier => "identifier",
	};
	json!({ "name": column.name, "kind": kind, "unit": column.unit, "may_be_missing": column.missing })
}

impl Body {
	fn parameters(&self) -> Value {
		match self {
			Self::Latent(latent) => json!({ "latent_dimensions": latent.correlation.dimensions }),
			Self::Graphical(model) => {
				let cells: usize =
					model.tables.steps.iter().map(|step| step.starts.len()).fold(0, usize::saturating_add);
				json!({ "tables": model.tables.steps.len(), "cells": cells })
			},
			Self::Language(model) => model.parameters(),
			Self::Gan(model) => model.parameters(),
			Self::Trajectory(model) => model.parameters(),
		}
	}

	fn answers(&self) -> &'static [&'static str] {
		match self {
			Self::Latent(_) | Self::Gan(_) | Self::Trajectory(_) => &["sample"],
			Self::Graphical(_) => &["sample", "sample under conditions"],
			Self::Language(_) => &["sample", "sample under conditions", "impute", "predict", "log-probability"],
		}
	}
}
