#![doc = include_str!("../README.md")]

pub mod artefacts;
pub mod chain;
pub mod commands;
pub mod commitments;
pub mod consent_filter;
pub mod datasets;
pub mod environment;
pub mod http;
pub mod ingest;
pub mod jobs;
pub mod patients;
pub mod secrets;
pub mod statement;
pub mod vault;
