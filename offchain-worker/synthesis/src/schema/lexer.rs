//! Words and signs of conditions.

use super::ConditionError;

/// How two codes are compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Comparison {
	Equal,
	NotEqual,
	Less,
	AtMost,
	Greater,
	AtLeast,
}

/// One word or sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
	/// A word without quotes.
	Word(String),
	/// Text in quotes, without them.
	Quoted(String),
	Compare(Comparison),
	Open,
	Close,
	Comma,
}

impl Token {
	/// Whether this is the word, unquoted, in any case.
	pub fn is_word(&self, word: &str) -> bool {
		matches!(self, Self::Word(found) if found.eq_ignore_ascii_case(word))
	}
}

/// A token and where it starts, in characters from 1.
pub(super) type Placed = (usize, Token);

/// Longest text of conditions, in bytes.
pub(super) const MAX_TEXT: usize = 65_536;

/// Splits a text.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, ConditionError> {
	if text.len() > MAX_TEXT {
		return Err(ConditionError::TooLong { bytes: text.len(), limit: MAX_TEXT });
	}
	let mut found = Vec::new();
	let mut characters = (1usize..).zip(text.chars()).peekable();
	while let Some((at, character)) = characters.next() {
		let mut follows_equal = || characters.next_if(|(_, next)| *next == '=').is_some();
		let token = match character {
			c if c.is_whitespace() => continue,
			'{' => Token::Open,
			'}' => Token::Close,
			',' => Token::Comma,
			'=' => {
				follows_equal();
				Token::Compare(Comparison::Equal)
			},
			'<' => Token::Compare(if follows_equal() { Comparison::AtMost } else { Comparison::Less }),
			'>' => Token::Compare(if follows_equal() { Comparison::AtLeast } else { Comparison::Greater }),
			'≤' => Token::Compare(Comparison::AtMost),
			'≥' => Token::Compare(Comparison::AtLeast),
			'≠' => Token::Compare(Comparison::NotEqual),
			'!' if follows_equal() => Token::Compare(Comparison::NotEqual),
			'"' | '\'' => quoted(at, character, &mut characters)?,
			first => {
				let mut word = String::from(first);
				while let Some((_, next)) = characters.next_if(|(_, c)| !ends_word(*c)) {
					word.push(next);
				}
				Token::Word(word)
			},
		};
		found.push((at, token));
	}
	Ok(found)
}

fn ends_word(character: char) -> bool {
	character.is_whitespace() || "{},=<>≤≥≠!\"".contains(character)
}

/// Text up to the same quote; a quote inside is written twice.
fn quoted(
	start: usize,
	quote: char,
	characters: &mut std::iter::Peekable<impl Iterator<Item = (usize, char)>>,
) -> Result<Token, ConditionError> {
	let mut text = String::new();
	while let Some((_, character)) = characters.next() {
		if character != quote {
			text.push(character);
		} else if characters.next_if(|(_, next)| *next == quote).is_some() {
			text.push(quote);
		} else {
			return Ok(Token::Quoted(text));
		}
	}
	Err(ConditionError::Syntax { position: start, found: quote.into(), expected: "a closing quote" })
}
