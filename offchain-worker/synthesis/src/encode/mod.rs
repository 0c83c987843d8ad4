//! Tables as small integers and back: the fine levels of every column, groups of them, conditions, and decoding.
//!
//! A [`Domain`] lists the fine levels of every column. It is made from the schema alone, plus cut points that a private
//! mechanism paid for. A model works on groups of levels ([`Grouping`]); [`decode`] turns groups into cells again, so
//! that every row satisfies the schema's constraints and the [`Conditions`] that were asked for.

mod choices;
mod column;
mod conditions;
mod decode;
mod domain;
mod error;
mod grouping;
mod hierarchy;
mod icd10;
mod levels;
mod orders;
mod patients;
mod violations;
mod vocabulary;

pub use column::{ColumnDomain, LevelKind};
pub use conditions::Conditions;
pub use decode::decode;
pub use domain::{Domain, OpenColumn};
pub use error::EncodeError;
pub use grouping::Grouping;
pub use levels::LevelText;
pub use patients::bound_rows_per_patient;
pub(crate) use vocabulary::{Levels, Vocabulary, UNKNOWN};
