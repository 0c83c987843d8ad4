mod budget;
mod derived;
mod lineage_and_queries;
mod register;
mod status;
mod terms;
mod try_state;
mod versions;
