//! Controllers on servers that fail on demand, for what a real cluster cannot be made to do: [`script`] (what becomes of
//! each write) → [`server`] (an API server on [`objects`] in memory) → [`town`] (an operator with its caches, a site and a
//! log) → [`life`] (what is ordered, stands and goes, and what each write may meet on the way) → the lives of a workspace
//! and of a tenant; the log on a store that is slow or refuses;
//! and what is told beside statuses.

mod evidence;
mod life;
mod lines;
mod objects;
mod script;
mod server;
mod slow;
mod tenant;
mod told;
mod town;
mod workspace;
