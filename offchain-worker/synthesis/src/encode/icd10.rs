//! Chapters of the International Classification of Diseases, tenth revision (WHO, version of 2019).

/// A chapter: its numeral, its first and last three-character category, and what it holds.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Chapter {
	pub numeral: &'static str,
	first: &'static str,
	last: &'static str,
	#[allow(dead_code)] // Says to the reader what the chapter is.
	title: &'static str,
}

const fn chapter_of(numeral: &'static str, first: &'static str, last: &'static str, title: &'static str) -> Chapter {
	Chapter { numeral, first, last, title }
}

/// All chapters, in the order of their categories. Bounds are those of the letters, so that categories that
/// national modifications add (D49, K95, O9A) fall into their chapter.
const CHAPTERS: [Chapter; 22] = [
	chapter_of("I", "A00", "B99", "Certain infectious and parasitic diseases"),
	chapter_of("II", "C00", "D49", "Neoplasms"),
	chapter_of("III", "D50", "D99", "Diseases of the blood and of the immune mechanism"),
	chapter_of("IV", "E00", "E99", "Endocrine, nutritional and metabolic diseases"),
	chapter_of("V", "F00", "F99", "Mental and behavioural disorders"),
	chapter_of("VI", "G00", "G99", "Diseases of the nervous system"),
	chapter_of("VII", "H00", "H59", "Diseases of the eye and adnexa"),
	chapter_of("VIII", "H60", "H99", "Diseases of the ear and mastoid process"),
	chapter_of("IX", "I00", "I99", "Diseases of the circulatory system"),
	chapter_of("X", "J00", "J99", "Diseases of the respiratory system"),
	chapter_of("XI", "K00", "K99", "Diseases of the digestive system"),
	chapter_of("XII", "L00", "L99", "Diseases of the skin and subcutaneous tissue"),
	chapter_of("XIII", "M00", "M99", "Diseases of the musculoskeletal system and connective tissue"),
	chapter_of("XIV", "N00", "N99", "Diseases of the genitourinary system"),
	chapter_of("XV", "O00", "O9Z", "Pregnancy, childbirth and the puerperium"),
	chapter_of("XVI", "P00", "P99", "Certain conditions originating in the perinatal period"),
	chapter_of("XVII", "Q00", "Q99", "Congenital malformations, deformations and chromosomal abnormalities"),
	chapter_of("XVIII", "R00", "R99", "Symptoms, signs and abnormal clinical and laboratory findings"),
	chapter_of("XIX", "S00", "T98", "Injury, poisoning and certain other consequences of external causes"),
	chapter_of("XXII", "U00", "U99", "Codes for special purposes"),
	chapter_of("XX", "V01", "Y98", "External causes of morbidity and mortality"),
	chapter_of("XXI", "Z00", "Z99", "Factors influencing health status and contact with health services"),
];

/// The three-character category of a code, in capitals: `I50` of `i50.9` and of `I509`.
pub(super) fn category(code: &str) -> String {
	code.chars().filter(char::is_ascii_alphanumeric).take(3).map(|c| c.to_ascii_uppercase()).collect()
}

/// The chapter of a code; `None` for what is no code.
pub(super) fn chapter(code: &str) -> Option<&'static Chapter> {
	let category = category(code);
	let bytes = category.as_bytes();
	let shaped = bytes.len() == 3 && bytes.get(1).is_some_and(u8::is_ascii_digit);
	CHAPTERS.iter().find(|chapter| shaped && (chapter.first..=chapter.last).contains(&category.as_str()))
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn codes_fall_into_the_chapters_of_the_classification() {
		for (code, numeral) in [
			("A41.9", "I"),
			("B99", "I"),
			("C34.9", "II"),
			("D48.9", "II"),
			("D50", "III"),
			("e11.9", "IV"),
			("H59.9", "VII"),
			("H60.0", "VIII"),
			("I509", "IX"),
			("M16.1", "XIII"),
			("O9A.1", "XV"),
			("T98.3", "XIX"),
			("U07.1", "XXII"),
			("V01", "XX"),
			("Y98", "XX"),
			("Z99.2", "XXI"),
		] {
			assert_eq!(chapter(code).map(|chapter| chapter.numeral), Some(numeral), "{code}");
		}
		for text in ["", "A", "AB1", "410.1", "W", "other"] {
			assert_eq!(chapter(text), None, "{text}");
		}
		assert_eq!(category("i50.9"), "I50");
	}

	#[test]
	fn chapters_ascend_without_overlap() {
		assert!(CHAPTERS.windows(2).all(|pair| pair[0].first <= pair[0].last && pair[0].last < pair[1].first));
	}
}
