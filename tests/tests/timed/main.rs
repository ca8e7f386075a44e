//! What holds a bound of time: one after the other, and nothing beside them.

mod crowd;
mod limits;
mod thousand;

/// Whoever measures has the machine for itself.
static ALONE: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());
