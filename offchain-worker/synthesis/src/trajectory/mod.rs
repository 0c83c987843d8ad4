//! Visits of patients: a table of several rows a patient, synthesised as trajectories.
//!
//! ```text
//! Table (patient, time) --Visits, Plan--> Layout --transitions--> openings, endings, steps --train--> three models
//! opening --draw--> first visit --(ending --draw--> last? step --draw--> gap, cells)*--> patients P000001, … by time
//! ```
//!
//! The schema names the patient and the time column, and may declare static columns. A patient is drawn as a first visit
//! with the static columns, then visit by visit given the static columns and the [`History`](history::History): number of
//! the visit, time since the first, the last gap, and the last known value of every changing column with its age. So
//! laboratory values that are ordered now and then keep both their [`Course`](course::Course) and their gaps. Numbers of
//! patients are new.

mod alike;
mod correction;
mod course;
mod distance;
mod error;
mod history;
mod layout;
mod level;
mod model;
mod opening;
mod patients;
mod plan;
mod regression;
mod sample;
mod scale;
mod stages;
mod target;
#[cfg(test)]
mod tests;
mod transitions;
mod visits;

pub use error::TrajectoryError;
pub(crate) use model::TrajectoryModel;
pub use visits::MAX_VISITS;
pub(crate) use visits::{times, Visits};
