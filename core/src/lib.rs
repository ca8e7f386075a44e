//! Beffroi's law: facts in, decisions out.
//!
//! Pipeline: [`facts`] (what was declared and observed) → [`policy`] (one rule per file, three verdicts) →
//! [`placement`] (sites chosen, and why each other was refused) → [`plan`] (everything a reconcile will do,
//! as data) → [`manifests`] (one builder per object kind placed in a site). Then, of what lies in the sites:
//! [`location`] (observations → findings → verdict) → [`evidence`] (signed, logged, checked offline). Beside it
//! [`distribution`]: what of Beffroi itself is handed out, signed and checked in the same way.
//!
//! Nothing here reads a clock, draws a random number, or speaks to a server: the crate's manifest has no
//! dependency that could.

pub mod catalogue;
pub mod conditions;
pub mod distribution;
pub mod drift;
pub mod endings;
pub mod evidence;
pub mod facts;
pub mod hosts;
pub mod ledger;
pub mod location;
pub mod manifests;
pub mod message;
pub mod placement;
pub mod plan;
pub mod policy;
pub mod providers;
pub mod quantity;
pub mod raw;
pub mod references;
pub mod register;
pub mod site;
pub mod tenant;
pub mod trail;
pub mod window;
