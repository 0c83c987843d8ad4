//! Conditions on single columns, as people write them: `age >= 65 and sex = F, dx in {A41, I50.9}, hba1c is missing`.
//!
//! ```text
//! conditions = condition { ("," | "and") condition }
//! condition  = column test [ "or" "missing" ]
//! test       = ("=" | "!=" | "<" | "<=" | ">" | ">=") value | ["not"] "in" "{" value { "," value } "}"
//!            | "is" ["not"] ("missing" | "applicable") | "is" "present"
//! ```
//! Columns and values that hold signs or the words above are put in quotes. A comparison holds for present cells only.
//! Of the codes that mean "not applicable", `=` and `in` select those that they name, all others select none.

use super::{
	lexer::{tokens, Comparison, Placed, Token},
	CodeSet, Column, ColumnKind, Schema,
};
use crate::{calendar, error::shown, limits::MAX_SCALE, number};
use std::collections::BTreeMap;

/// A text that is no condition on a schema's columns.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConditionError {
	/// Longer than conditions may be.
	#[error("conditions: {bytes} bytes are more than {limit}. Name fewer values")]
	#[allow(missing_docs)]
	TooLong { bytes: usize, limit: usize },
	/// Not of the form of conditions.
	#[error("conditions, character {position}: found {found:?}, expected {expected}. Write conditions as in: age >= 65, sex = F, dx in {{A41, I50.9}}, hba1c is missing")]
	#[allow(missing_docs)]
	Syntax { position: usize, found: String, expected: &'static str },
	/// A column that the schema does not have.
	#[error("conditions, column {column:?}: the schema has no such column. Use one of its names: {known}")]
	#[allow(missing_docs)]
	UnknownColumn { column: String, known: String },
	/// A column that is not synthesised.
	#[error("conditions, column {column:?}: the column is an identifier and is not synthesised. Name another column")]
	#[allow(missing_docs)]
	Identifier { column: String },
	/// A value that the column cannot have.
	#[error("conditions, column {column:?}: {value:?} is not {expected}. Correct the value")]
	#[allow(missing_docs)]
	Value { column: String, value: String, expected: String },
	/// An order asked of levels that have none.
	#[error(
		"conditions, column {column:?}: its levels have no order. Use = or in, or set \"ordered\": true in the schema"
	)]
	#[allow(missing_docs)]
	NotOrdered { column: String },
	/// Nothing satisfies the conditions within the schema's ranges and constraints.
	#[error("conditions, column {column:?}: no cell satisfies all conditions and constraints within the schema's range. Widen them")]
	#[allow(missing_docs)]
	Unsatisfiable { column: String },
	/// The schema itself does not hold together.
	#[error(transparent)]
	Schema(#[from] crate::SchemaError),
}

/// Everything a column's cells may be.
pub(crate) fn universe(column: &Column) -> CodeSet {
	CodeSet::new(column.code_range().into_iter().collect(), column.missing)
}

/// Reads conditions: position of the column and the cells that satisfy them, in the order of the text. An empty
/// text has no conditions.
pub(crate) fn parse_conditions(text: &str, schema: &Schema) -> Result<Vec<(usize, CodeSet)>, ConditionError> {
	let tokens = tokens(text)?;
	let end = text.chars().count().saturating_add(1);
	let mut parser = Parser { tokens: &tokens, end, schema };
	let mut conditions = Vec::new();
	while !parser.tokens.is_empty() {
		if !conditions.is_empty() {
			parser.separator()?;
		}
		conditions.push(parser.condition()?);
	}
	Ok(conditions)
}

/// Reads a text that must hold exactly one condition.
pub(super) fn parse_one(text: &str, schema: &Schema) -> Result<(usize, CodeSet), ConditionError> {
	let conditions = parse_conditions(text, schema)?;
	match <[_; 1]>::try_from(conditions) {
		Ok([condition]) => Ok(condition),
		Err(_) => Err(ConditionError::Syntax { position: 1, found: shown(text), expected: "exactly one condition" }),
	}
}

struct Parser<'t> {
	tokens: &'t [Placed],
	end: usize,
	schema: &'t Schema,
}

const KEYWORDS: [&str; 5] = ["is", "in", "not", "and", "or"];

impl<'t> Parser<'t> {
	fn peek(&self) -> Option<&'t Token> {
		self.tokens.first().map(|(_, token)| token)
	}

	fn next(&mut self) -> Option<&'t Token> {
		let ((_, token), rest) = self.tokens.split_first()?;
		self.tokens = rest;
		Some(token)
	}

	fn take_word(&mut self, word: &str) -> bool {
		let is = self.peek().is_some_and(|token| token.is_word(word));
		if is {
			self.next();
		}
		is
	}

	fn take(&mut self, token: &Token) -> bool {
		let is = self.peek() == Some(token);
		if is {
			self.next();
		}
		is
	}

	fn unexpected(&self, expected: &'static str) -> ConditionError {
		let (position, found) = match self.tokens.first() {
			None => (self.end, "the end".into()),
			Some((at, Token::Word(text) | Token::Quoted(text))) => (*at, shown(text)),
			Some((at, Token::Open)) => (*at, "{".into()),
			Some((at, Token::Close)) => (*at, "}".into()),
			Some((at, Token::Comma)) => (*at, ",".into()),
			Some((at, Token::Compare(_))) => (*at, "a comparison".into()),
		};
		ConditionError::Syntax { position, found, expected }
	}

	fn separator(&mut self) -> Result<(), ConditionError> {
		if self.take(&Token::Comma) || self.take_word("and") {
			return Ok(());
		}
		Err(self.unexpected("a comma or \"and\""))
	}

	/// One text in quotes, or the words up to a sign or one of `stop`, joined by single blanks.
	fn text(&mut self, stop: &[&str], expected: &'static str) -> Result<String, ConditionError> {
		if let Some(Token::Quoted(text)) = self.peek() {
			self.next();
			return Ok(text.clone());
		}
		let mut words: Vec<&str> = Vec::new();
		while let Some(Token::Word(word)) = self.peek() {
			if stop.iter().any(|stop| word.eq_ignore_ascii_case(stop)) {
				break;
			}
			words.push(word);
			self.next();
		}
		if words.is_empty() {
			return Err(self.unexpected(expected));
		}
		Ok(words.join(" "))
	}

	fn condition(&mut self) -> Result<(usize, CodeSet), ConditionError> {
		let name = self.text(&KEYWORDS, "a column")?;
		let Some((at, column)) = self.schema.columns.iter().enumerate().find(|(_, column)| column.name == name) else {
			let known: Vec<String> = self.schema.columns.iter().take(50).map(|column| shown(&column.name)).collect();
			return Err(ConditionError::UnknownColumn { column: shown(&name), known: known.join(", ") });
		};
		if column.is_identifier() {
			return Err(ConditionError::Identifier { column: shown(&name) });
		}
		let mut cells = self.test(column)?;
		if self.take_word("or") {
			if !self.take_word("missing") {
				return Err(self.unexpected("\"missing\""));
			}
			cells.missing = column.missing;
		}
		Ok((at, cells))
	}

	fn test(&mut self, column: &Column) -> Result<CodeSet, ConditionError> {
		let mut present = universe(column);
		present.missing = false;
		let exempt = column.not_applicable_codes();
		if let Some(Token::Compare(comparison)) = self.peek() {
			self.next();
			let value = self.text(&["and", "or"], "a value")?;
			let found = compare(column, *comparison, &value)?.intersection(&present);
			return Ok(if *comparison == Comparison::Equal { found } else { found.without(&exempt) });
		}
		if self.take_word("is") {
			return self.state(column, &present, &exempt);
		}
		let negated = self.take_word("not");
		if !self.take_word("in") {
			return Err(self.unexpected("a comparison, \"in\" or \"is\""));
		}
		let listed = self.list(column)?.intersection(&present);
		Ok(if negated { present.without(&listed).without(&exempt) } else { listed })
	}

	fn state(&mut self, column: &Column, present: &CodeSet, exempt: &CodeSet) -> Result<CodeSet, ConditionError> {
		let negated = self.take_word("not");
		if self.take_word("missing") {
			return Ok(if negated { present.clone() } else { CodeSet::new(Vec::new(), column.missing) });
		}
		if self.take_word("applicable") {
			return Ok(if negated { exempt.clone() } else { present.without(exempt) });
		}
		if !negated && self.take_word("present") {
			return Ok(present.clone());
		}
		Err(self.unexpected("\"missing\", \"present\" or \"applicable\""))
	}

	fn list(&mut self, column: &Column) -> Result<CodeSet, ConditionError> {
		if !self.take(&Token::Open) {
			return Err(self.unexpected("{"));
		}
		let levels = level_codes(column);
		let mut ranges = Vec::new();
		loop {
			let value = self.text(&[], "a value")?;
			match levels.get(value.as_str()) {
				Some(code) => ranges.push((*code, *code)),
				None => ranges.extend(compare(column, Comparison::Equal, &value)?.ranges()),
			}
			if self.take(&Token::Close) {
				return Ok(CodeSet::new(ranges, false));
			}
			if !self.take(&Token::Comma) {
				return Err(self.unexpected("a comma or }"));
			}
		}
	}
}

/// Code of every level; empty for numbers and dates.
pub(super) fn level_codes(column: &Column) -> BTreeMap<&str, i64> {
	match &column.kind {
		ColumnKind::Categorical { levels } => levels.iter().map(String::as_str).zip(0i64..).collect(),
		_ => BTreeMap::new(),
	}
}

/// The codes that compare so with a value, whatever the column's range.
fn compare(column: &Column, comparison: Comparison, value: &str) -> Result<CodeSet, ConditionError> {
	if !column.is_ordered() && !matches!(comparison, Comparison::Equal | Comparison::NotEqual) {
		return Err(ConditionError::NotOrdered { column: shown(&column.name) });
	}
	let (floor, ceiling) = codes_around(column, value)?;
	let exact = (floor == ceiling).then_some((floor, floor));
	let range = match comparison {
		Comparison::Equal | Comparison::NotEqual => {
			let Some(code) = exact else {
				return Err(wrong_value(column, value, format!("a number of at most {} decimals", column.scale())));
			};
			if comparison == Comparison::NotEqual {
				return Ok(CodeSet::new(vec![(i64::MIN, i64::MAX)], false).without(&CodeSet::new(vec![code], false)));
			}
			code
		},
		Comparison::AtMost => (i64::MIN, floor),
		Comparison::Less => (i64::MIN, ceiling.saturating_sub(1)),
		Comparison::AtLeast => (ceiling, i64::MAX),
		Comparison::Greater => (floor.saturating_add(1), i64::MAX),
	};
	Ok(CodeSet::new(vec![range], false))
}

fn wrong_value(column: &Column, value: &str, expected: String) -> ConditionError {
	ConditionError::Value { column: shown(&column.name), value: shown(value), expected }
}

/// Greatest code not above a value, and least not below it; equal if the value is one of a code.
fn codes_around(column: &Column, value: &str) -> Result<(i64, i64), ConditionError> {
	let code = match &column.kind {
		ColumnKind::Categorical { levels } => {
			let at = levels.iter().position(|level| level == value).and_then(|at| i64::try_from(at).ok());
			at.ok_or_else(|| wrong_value(column, value, format!("among the {} declared levels", levels.len())))?
		},
		ColumnKind::Date { .. } => {
			calendar::parse(value).ok_or_else(|| wrong_value(column, value, "a date as YYYY-MM-DD".into()))?.0
		},
		_ => {
			let parsed = number::parse(value).ok_or_else(|| wrong_value(column, value, "a number".into()))?;
			let unit = 10i128.checked_pow(u32::from(MAX_SCALE.saturating_sub(column.scale()))).unwrap_or(1);
			let floor = parsed.units.div_euclid(unit);
			let ceiling = floor.saturating_add(i128::from(parsed.units.rem_euclid(unit) != 0));
			let clamped = |code: i128| i64::try_from(code).unwrap_or(if code < 0 { i64::MIN } else { i64::MAX });
			return Ok((clamped(floor), clamped(ceiling)));
		},
	};
	Ok((code, code))
}
