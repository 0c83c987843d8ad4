//! Events as JSON: the chain's metadata gives the shape, so that an unknown event can be shown too.

use serde_json::{Map, Value as Json};
use subxt::ext::scale_value::{Composite, Primitive, Value, ValueDef};

/// Fewest bytes that are shown as hexadecimal digits rather than as a list of numbers.
const SHORTEST_BYTES: usize = 16;
/// Largest integer that every JSON reader keeps exact (2^53 - 1); larger ones are shown as decimal text.
const LARGEST_EXACT: u128 = (1 << 53) - 1;

/// An event of an included call.
#[derive(Clone, PartialEq, Debug, serde::Serialize)]
pub struct Event {
	/// Pallet.
	pub pallet: String,
	/// Name.
	pub name: String,
	/// Fields; bytes as `0x` and hexadecimal digits, enums as `{"Variant": fields}` or `"Variant"`.
	pub fields: Json,
}

/// The fields of an event, or of any composite value.
pub(crate) fn fields_to_json(fields: &Composite<()>) -> Json {
	match fields {
		Composite::Named(named) => {
			Json::Object(named.iter().map(|(name, value)| (name.clone(), to_json(value))).collect::<Map<_, _>>())
		},
		Composite::Unnamed(values) => match (bytes(values), values.as_slice()) {
			(Some(bytes), _) => Json::String(crate::chain::hexadecimal(&bytes)),
			(None, [single]) => to_json(single),
			(None, many) => Json::Array(many.iter().map(to_json).collect()),
		},
	}
}

fn to_json(value: &Value<()>) -> Json {
	match &value.value {
		ValueDef::Composite(composite) => fields_to_json(composite),
		ValueDef::Variant(variant) if variant.values.is_empty() => Json::String(variant.name.clone()),
		ValueDef::Variant(variant) => {
			Json::Object(Map::from_iter([(variant.name.clone(), fields_to_json(&variant.values))]))
		},
		ValueDef::BitSequence(bits) => Json::String(bits.iter().map(|bit| if bit { '1' } else { '0' }).collect()),
		ValueDef::Primitive(primitive) => primitive_to_json(primitive),
	}
}

fn primitive_to_json(primitive: &Primitive) -> Json {
	match primitive {
		Primitive::Bool(value) => Json::Bool(*value),
		Primitive::Char(value) => Json::String(value.to_string()),
		Primitive::String(value) => Json::String(value.clone()),
		Primitive::U128(value) if *value <= LARGEST_EXACT => Json::from(*value as u64),
		Primitive::U128(value) => Json::String(value.to_string()),
		Primitive::I128(value) => i64::try_from(*value).map_or_else(|_| Json::String(value.to_string()), Json::from),
		Primitive::U256(bytes) | Primitive::I256(bytes) => Json::String(crate::chain::hexadecimal(bytes)),
	}
}

/// A longer list of small numbers is bytes: the type is not kept in a dynamic value.
fn bytes(values: &[Value<()>]) -> Option<Vec<u8>> {
	let byte = |value: &Value<()>| match value.value {
		ValueDef::Primitive(Primitive::U128(number)) => u8::try_from(number).ok(),
		_ => None,
	};
	(values.len() >= SHORTEST_BYTES).then(|| values.iter().map(byte).collect()).flatten()
}

#[cfg(test)]
mod tests {
	use super::*;
	use serde_json::json;

	#[test]
	fn named_fields_bytes_and_enums_are_shown_for_people() {
		let fields = Composite::named([
			("job", Value::u128(7)),
			("root", Value::from_bytes([0xab; 32])),
			("state", Value::unnamed_variant("Accepted", [])),
			("purpose", Value::named_variant("DiseaseResearch", [("disease", Value::u128(5015))])),
			("wrapped", Value::unnamed_composite([Value::unnamed_composite([Value::bool(true)])])),
			("large", Value::u128(u128::MAX)),
		]);
		let expected = json!({
			"job": 7,
			"root": format!("0x{}", "ab".repeat(32)),
			"state": "Accepted",
			"purpose": { "DiseaseResearch": { "disease": 5015 } },
			"wrapped": true,
			"large": u128::MAX.to_string(),
		});
		assert_eq!(fields_to_json(&fields), expected);
	}

	#[test]
	fn short_lists_of_numbers_stay_lists() {
		let fields = Composite::unnamed([Value::u128(1), Value::u128(2)]);
		assert_eq!(fields_to_json(&fields), json!([1, 2]));
	}
}
