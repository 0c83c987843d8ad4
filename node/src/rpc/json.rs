//! Shows decoded values as JSON: digests and accounts in hexadecimal, single-field wrappers as their content.

use scale_value::{Composite, Primitive, Value, ValueDef};
use serde_json::{Map, Value as Json};

/// A field of an object.
pub fn field<'a>(object: &'a Json, name: &str) -> Option<&'a Json> {
	object.as_object().and_then(|object| object.get(name))
}

/// A decoded value as JSON.
pub fn to_json<T>(value: &ValueDef<T>) -> Json {
	match value {
		ValueDef::Primitive(primitive) => primitive_to_json(primitive),
		ValueDef::Composite(composite) => composite_to_json(composite),
		ValueDef::BitSequence(bits) => Json::Array(bits.iter().map(Json::Bool).collect()),
		ValueDef::Variant(variant) if variant.values.is_empty() && variant.name == "None" => Json::Null,
		ValueDef::Variant(variant) if variant.values.is_empty() => Json::String(variant.name.clone()),
		ValueDef::Variant(variant) if variant.name == "Some" => composite_to_json(&variant.values),
		ValueDef::Variant(variant) => {
			let mut object = Map::new();
			object.insert(variant.name.clone(), composite_to_json(&variant.values));
			Json::Object(object)
		},
	}
}

fn composite_to_json<T>(composite: &Composite<T>) -> Json {
	match composite {
		Composite::Named(fields) => {
			Json::Object(fields.iter().map(|(name, value)| (name.clone(), to_json(&value.value))).collect())
		},
		Composite::Unnamed(values) => match (bytes(values), values.as_slice()) {
			(Some(bytes), _) => Json::String(format!("0x{}", hex::encode(bytes))),
			(None, [single]) => to_json(&single.value),
			(None, values) => Json::Array(values.iter().map(|value| to_json(&value.value)).collect()),
		},
	}
}

/// The bytes, if `values` are 32 or 64 of them: digests, keys and signatures.
fn bytes<T>(values: &[Value<T>]) -> Option<Vec<u8>> {
	if values.len() != 32 && values.len() != 64 {
		return None;
	}
	values
		.iter()
		.map(|value| match &value.value {
			ValueDef::Primitive(Primitive::U128(byte)) => u8::try_from(*byte).ok(),
			_ => None,
		})
		.collect()
}

fn primitive_to_json(primitive: &Primitive) -> Json {
	match primitive {
		Primitive::Bool(value) => Json::Bool(*value),
		Primitive::Char(value) => Json::String(value.to_string()),
		Primitive::String(value) => Json::String(value.clone()),
		// Numbers that JSON readers would round are given as text.
		Primitive::U128(value) => u64::try_from(*value).map_or_else(|_| Json::String(value.to_string()), Json::from),
		Primitive::I128(value) => i64::try_from(*value).map_or_else(|_| Json::String(value.to_string()), Json::from),
		Primitive::U256(value) | Primitive::I256(value) => Json::String(format!("0x{}", hex::encode(value))),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn digests_are_shown_in_hexadecimal_and_wrappers_as_their_content() {
		let digest = Value::unnamed_composite([Value::unnamed_composite([7u8; 32].map(|b| Value::u128(b.into())))]);
		let event = Value::named_composite([("dataset", Value::u128(3)), ("rows", digest)]);
		let expected = serde_json::json!({ "dataset": 3, "rows": format!("0x{}", "07".repeat(32)) });
		assert_eq!(to_json(&event.value), expected);
	}

	#[test]
	fn options_and_plain_variants_are_flat() {
		let none = Value::unnamed_variant("None", []);
		let some = Value::unnamed_variant("Some", [Value::u128(1)]);
		let plain = Value::unnamed_variant("Active", []);
		assert_eq!(to_json(&none.value), Json::Null);
		assert_eq!(to_json(&some.value), 1);
		assert_eq!(to_json(&plain.value), "Active");
	}
}
