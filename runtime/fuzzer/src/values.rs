//! Calls from the metadata: every call of the runtime with arguments of its types, so that a new call is fuzzed without
//! anything being written for it. What an argument is called says which values make sense; the rest are anything.

use crate::{bytes::Bytes, names};
use codec::{Compact, DecodeAll, Encode};
use scale_info::{
	form::PortableForm, Field, MetaType, PortableRegistry, Registry, Type, TypeDef, TypeDefPrimitive, Variant,
};
use semblance_runtime::*;
use std::sync::OnceLock;

/// Deepest nesting of values; below it, enums are their first variant without fields and lists are empty.
const DEEPEST: u32 = 14;
/// Deepest nesting of calls in calls.
const DEEPEST_CALL: u32 = 2;
/// Pallets of ours, whose calls come more often. A test compares them with the folder `pallets`.
pub const OURS: [&str; 7] = [
	"Consortium",
	"Consent",
	"DatasetRegistry",
	"AccessControl",
	"GenerationAttestation",
	"Council",
	"DoubleAuthorship",
];

/// A call by pallet and name.
pub struct Listed {
	/// Name of the pallet.
	pub pallet: String,
	/// Name of the call.
	pub name: String,
	indices: [u8; 2],
	fields: Vec<Field<PortableForm>>,
}

struct Catalogue {
	types: PortableRegistry,
	calls: Vec<Listed>,
	ours: Vec<usize>,
}

fn catalogue() -> &'static Catalogue {
	static CATALOGUE: OnceLock<Catalogue> = OnceLock::new();
	CATALOGUE.get_or_init(|| {
		let mut registry = Registry::new();
		let runtime = registry.register_type(&MetaType::new::<RuntimeCall>()).id;
		let types = PortableRegistry::from(registry);
		let calls: Vec<_> = variants(&types, runtime).iter().flat_map(|pallet| calls_of(&types, pallet)).collect();
		let ours = (0..calls.len()).filter(|index| OURS.contains(&calls[*index].pallet.as_str())).collect();
		Catalogue { types, calls, ours }
	})
}

fn variants(types: &PortableRegistry, id: u32) -> &[Variant<PortableForm>] {
	match types.resolve(id).map(|ty| &ty.type_def) {
		Some(TypeDef::Variant(variants)) => &variants.variants,
		_ => &[],
	}
}

fn calls_of(types: &PortableRegistry, pallet: &Variant<PortableForm>) -> Vec<Listed> {
	let calls = pallet.fields.first().map(|field| variants(types, field.ty.id)).unwrap_or_default();
	let listed = |call: &Variant<PortableForm>| Listed {
		pallet: pallet.name.clone(),
		name: call.name.clone(),
		indices: [pallet.index, call.index],
		fields: call.fields.clone(),
	};
	calls.iter().map(listed).collect()
}

/// Every call of the runtime.
pub fn calls() -> &'static [Listed] {
	&catalogue().calls
}

/// The calls of our own pallets.
pub fn ours() -> impl ExactSizeIterator<Item = &'static Listed> {
	catalogue().ours.iter().map(|index| &catalogue().calls[*index])
}

/// Any call, one of ours in 7 of 8 cases. Nothing if the arguments break a bound of their types.
pub fn any_call(bytes: &mut Bytes) -> Option<RuntimeCall> {
	RuntimeCall::decode_all(&mut &encoded_call(bytes, 0)[..]).ok()
}

/// The call `pallet`.`name` with any arguments.
pub fn call(pallet: &str, name: &str, bytes: &mut Bytes) -> Option<RuntimeCall> {
	calls().iter().find(|listed| listed.pallet == pallet && listed.name == name)?.with_any_arguments(bytes)
}

impl Listed {
	/// `Pallet.call`.
	pub fn title(&self) -> String {
		format!("{}.{}", self.pallet, self.name)
	}

	/// The call with any arguments. Nothing if they break a bound of their types.
	pub fn with_any_arguments(&self, bytes: &mut Bytes) -> Option<RuntimeCall> {
		let mut values = Values { bytes, out: vec![], calls: 1 };
		values.call(self);
		RuntimeCall::decode_all(&mut &values.out[..]).ok()
	}
}

fn encoded_call(bytes: &mut Bytes, calls: u32) -> Vec<u8> {
	let catalogue = catalogue();
	let index = if bytes.chance(224) {
		let ours = bytes.below(catalogue.ours.len() as u32);
		catalogue.ours[ours as usize]
	} else {
		bytes.below(catalogue.calls.len() as u32) as usize
	};
	let mut values = Values { bytes, out: vec![], calls };
	values.call(&catalogue.calls[index]);
	values.out
}

fn is_byte(id: u32) -> bool {
	let ty = catalogue().types.resolve(id).map(|ty| &ty.type_def);
	matches!(ty, Some(TypeDef::Primitive(TypeDefPrimitive::U8)))
}

/// Writes values in SCALE.
struct Values<'a, 'b> {
	bytes: &'a mut Bytes<'b>,
	out: Vec<u8>,
	calls: u32,
}

impl Values<'_, '_> {
	fn call(&mut self, listed: &Listed) {
		self.out.extend(listed.indices);
		for field in &listed.fields {
			self.value(field.ty.id, field.name.as_deref().unwrap_or_default(), 0);
		}
	}

	/// A value of the type `id` for an argument called `name`.
	fn value(&mut self, id: u32, name: &str, depth: u32) {
		let Some(ty) = catalogue().types.resolve(id) else { return };
		match ty.path.ident().as_deref() {
			Some("AccountId32") => names::person(name, self.bytes).account().encode_to(&mut self.out),
			Some("H256") => names::digest(name, self.bytes).encode_to(&mut self.out),
			Some("RuntimeCall") => self.inner_call(),
			Some("DataUse") if self.bytes.chance(192) => names::terms(self.bytes).encode_to(&mut self.out),
			_ => self.structure(ty, name, depth),
		}
	}

	fn inner_call(&mut self) {
		if self.calls < DEEPEST_CALL {
			let call = encoded_call(self.bytes, self.calls + 1);
			self.out.extend(call);
		} else {
			RuntimeCall::from(pallet_consortium::Call::set_encryption_key { key: None }).encode_to(&mut self.out);
		}
	}

	fn structure(&mut self, ty: &Type<PortableForm>, name: &str, depth: u32) {
		match &ty.type_def {
			TypeDef::Composite(composite) => self.fields(&composite.fields, name, depth),
			TypeDef::Variant(enumeration) => self.variant(&enumeration.variants, name, depth),
			TypeDef::Sequence(list) if is_byte(list.type_param.id) && self.bytes.chance(224) => {
				names::text(name, self.bytes).encode_to(&mut self.out);
			},
			TypeDef::Sequence(list) => {
				let most = if depth > DEEPEST { 1 } else { 4 };
				let length = self.bytes.below(most);
				Compact(length).encode_to(&mut self.out);
				(0..length).for_each(|_| self.value(list.type_param.id, name, depth + 1));
			},
			TypeDef::Array(array) => (0..array.len).for_each(|_| self.value(array.type_param.id, name, depth + 1)),
			TypeDef::Tuple(tuple) => tuple.fields.iter().for_each(|field| self.value(field.id, name, depth + 1)),
			TypeDef::Compact(_) => Compact(names::number(name, self.bytes) as u64).encode_to(&mut self.out),
			TypeDef::Primitive(primitive) => self.primitive(primitive, name),
			TypeDef::BitSequence(_) => Compact(0u32).encode_to(&mut self.out),
		}
	}

	fn fields(&mut self, fields: &[Field<PortableForm>], name: &str, depth: u32) {
		for field in fields {
			self.value(field.ty.id, field.name.as_deref().unwrap_or(name), depth + 1);
		}
	}

	/// One of the variants, the first in every other case: it is the one that lets things go on.
	fn variant(&mut self, variants: &[Variant<PortableForm>], name: &str, depth: u32) {
		let plain = variants.iter().find(|variant| variant.fields.is_empty());
		let first = variants.first();
		let drawn = match self.bytes.chance(128) {
			true => first,
			false => variants.get(self.bytes.below(variants.len() as u32) as usize),
		};
		let Some(chosen) = (if depth > DEEPEST { plain.or(first) } else { drawn }) else { return };
		self.out.push(chosen.index);
		self.fields(&chosen.fields, name, depth);
	}

	fn primitive(&mut self, primitive: &TypeDefPrimitive, name: &str) {
		use TypeDefPrimitive as Of;
		let number = |values: &mut Self| names::number(name, values.bytes);
		match primitive {
			Of::Bool => self.bytes.chance(160).encode_to(&mut self.out),
			Of::Str => "text".encode_to(&mut self.out),
			Of::U8 | Of::I8 => (number(self) as u8).encode_to(&mut self.out),
			Of::U16 | Of::I16 => (number(self) as u16).encode_to(&mut self.out),
			Of::U32 | Of::I32 | Of::Char => (number(self) as u32).encode_to(&mut self.out),
			Of::U64 | Of::I64 => (number(self) as u64).encode_to(&mut self.out),
			Of::U128 | Of::I128 => number(self).encode_to(&mut self.out),
			Of::U256 | Of::I256 => [0u8; 32].encode_to(&mut self.out),
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use rand_chacha::ChaCha20Rng;
	use rand_core::{Rng, SeedableRng};

	#[test]
	fn every_call_can_be_made() {
		crate::scene::prepared().inside(|| {
			let mut random = ChaCha20Rng::seed_from_u64(1);
			for listed in calls() {
				let made = (0..200).any(|_| {
					let mut bytes = [0; 64];
					random.fill_bytes(&mut bytes);
					call(&listed.pallet, &listed.name, &mut Bytes::new(&bytes)).is_some()
				});
				assert!(made, "{}", listed.title());
			}
		});
	}

	#[test]
	fn our_pallets_are_those_of_the_folder() {
		let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../pallets");
		let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
		let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
		let mut there: Vec<String> = names.map(|name| name.split('-').map(capital).collect()).collect();
		there.sort();
		let mut known = OURS.map(str::to_owned);
		known.sort();
		assert_eq!(there, known);
		assert!(OURS.iter().all(|pallet| ours().any(|call| call.pallet == *pallet)), "a pallet has no calls");
	}
}
